/// The integers from `start` in steps of `step`, up to but not including `stop`.
package struct ValueRange: Sendable, Equatable {
    package let start: Int
    package let step: Int
    package let count: Int
    package var stop: Int

    package subscript(index: Int) -> Int { start &+ index &* step }
}

extension ValueRange {
    /// The numbers from `start` before `stop`.
    package init(from start: Int, to stop: Int, by step: Int) {
        var count = 0
        if step > 0, start < stop {
            let (span, overflow) = stop.subtractingReportingOverflow(start)
            count = overflow ? Int.max : (span - 1) / step + 1
        } else if step < 0, start > stop {
            let (span, overflow) = start.subtractingReportingOverflow(stop)
            count = overflow || step == Int.min ? (overflow ? Int.max : 1) : (span - 1) / -step + 1
        }
        self.init(start: start, step: step, count: count, stop: stop)
    }
}
