#if HUB_FUZZ
    import Foundation

    /// Where libFuzzer calls in, `make fuzz`: `HUB_FUZZ_SUBJECT` says what the input is for.
    private let subject = Subject(rawValue: ProcessInfo.processInfo.environment["HUB_FUZZ_SUBJECT"] ?? "")

    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        guard let subject else {
            preconditionFailure("HUB_FUZZ_SUBJECT is none of \(Subject.allCases.map(\.rawValue))")
        }
        do {
            try subject.run(Array(UnsafeBufferPointer(start: start, count: count)))
        } catch {
            preconditionFailure("\(error)")
        }
        return 0
    }
#endif
