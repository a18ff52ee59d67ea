/// Where libFuzzer calls in, `make fuzz`.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = FuzzInput(UnsafeBufferPointer(start: start, count: count)) else { return -1 }
    do {
        try input.run()
    } catch {
        preconditionFailure("\(error)")
    }
    return 0
}
