import CLinux
import Glibc

/// Takes HTTP/1.1 messages out of a stream of bytes; only what the hub and its deliveries send is understood.
///
/// A measuring tool may do that: it must cost little, and a message that it does not understand ends the measurement.
struct MessageReader {
    private static let limit = 16 * 1024 * 1024
    private var buffer = [UInt8](repeating: 0, count: 4096)
    private var filled = 0

    /// Reads once from the socket; false when it is at its end or broken.
    mutating func fill(from descriptor: Int32) throws -> Bool {
        if filled == buffer.count {
            guard buffer.count < Self.limit else { throw BenchError("a message is longer than \(Self.limit) bytes") }
            buffer += [UInt8](repeating: 0, count: buffer.count)
        }
        let space = buffer.count - filled
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + filled }, space, 0) }
        if count > 0 {
            filled += count
            return true
        }
        return count < 0 && (errno == EAGAIN || errno == EINTR)
    }

    /// The next whole message, if there is one: `use` sees its first line and headers, and its body.
    mutating func next<Result>(
        _ use: (_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result? {
        guard filled > 0 else { return nil }
        let (result, used): (Result?, Int) = try buffer.withUnsafeBytes { bytes in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<filled])
            guard let head = bytes.offset(of: "\r\n\r\n") else { return (nil, 0) }
            let headBytes = UnsafeRawBufferPointer(rebasing: bytes[..<(head + 2)])
            let length = try Self.contentLength(headBytes)
            guard filled >= head + 4 + length else { return (nil, 0) }
            let body = UnsafeRawBufferPointer(rebasing: bytes[(head + 4)..<(head + 4 + length)])
            return (try use(headBytes, body), head + 4 + length)
        }
        guard let result else { return nil }
        if used < filled {
            buffer.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                memmove(base, base + used, filled - used)
            }
        }
        filled -= used
        return result
    }

    mutating func clear() { filled = 0 }

    private static func contentLength(_ head: UnsafeRawBufferPointer) throws -> Int {
        var line = 0
        while line < head.count {
            if head.isHeader("content-length:", at: line) {
                var at = line + 15
                while at < head.count, head[at] == 0x20 { at += 1 }
                var length = 0
                while at < head.count, case 0x30...0x39 = head[at], length < limit {
                    length = length * 10 + Int(head[at] & 15)
                    at += 1
                }
                return length
            }
            if head.isHeader("transfer-encoding:", at: line) {
                throw BenchError("a message without a Content-Length cannot be read by this tool")
            }
            while line < head.count, head[line] != 0x0A { line += 1 }
            line += 1
        }
        return 0
    }
}

extension UnsafeRawBufferPointer {
    /// Where `text` first is.
    func offset(of text: StaticString) -> Int? {
        guard let base = baseAddress else { return nil }
        return bench_find(base, count, text.utf8Start, text.utf8CodeUnitCount).map { UnsafeRawPointer($0) - base }
    }

    /// Whether the header `name`, given in lower case with its colon, begins at `start`.
    fileprivate func isHeader(_ name: StaticString, at start: Int) -> Bool {
        guard start + name.utf8CodeUnitCount <= count else { return false }
        for index in 0..<name.utf8CodeUnitCount where self[start + index] | 0x20 != name.utf8Start[index] | 0x20 {
            return false
        }
        return true
    }

    /// Whether the head has a header of this name, given in lower case with its colon.
    func hasHeader(_ name: StaticString) -> Bool {
        var line = 0
        while line < count {
            if isHeader(name, at: line) { return true }
            while line < count, self[line] != 0x0A { line += 1 }
            line += 1
        }
        return false
    }

    /// The status in the first line of an answer.
    var status: Int {
        guard count >= 12 else { return 0 }
        return self[9..<12].reduce(0) { $0 * 10 + Int($1 &- 0x30) }
    }

    /// The number of the webhook whose id is in this delivery.
    var webhookNumber: Int? {
        guard let start = offset(of: "bench-"), start + 15 <= count else { return nil }
        var number = 0
        for digit in self[(start + 6)..<(start + 15)] {
            guard case 0x30...0x39 = digit else { return nil }
            number = number * 10 + Int(digit & 15)
        }
        return number
    }
}
