import Testing

@testable import EventLoop

@Suite("Strings that come again") struct StringCacheTests {
    @Test("a string is what its bytes say, whatever came before") func sameString() {
        var cache = StringCache()
        for round in 0..<2 {
            for number in 0..<2000 {
                // Some differ in the middle only, which the place in the cache does not tell apart.
                let text = "x-header-\(number)-of-this-test"
                var bytes = Array(text.utf8)
                #expect(bytes.withUnsafeMutableBytes { cache.string(UnsafeRawBufferPointer($0)) } == text, "\(round)")
            }
        }
    }

    @Test("what is not UTF-8 becomes a string like everywhere else") func broken() {
        var cache = StringCache()
        for length in [3, 20, 100] {
            let bytes = [UInt8](repeating: 0xFF, count: length)
            for _ in 0..<2 {
                #expect(bytes.withUnsafeBytes { cache.string($0) } == String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
