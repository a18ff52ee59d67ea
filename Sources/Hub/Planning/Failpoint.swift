#if DEBUG
    import Foundation
#endif

/// A place where tests of debug builds can make the program fail: `HUB_FAILPOINT=decode:crash:<text in the body>`, or `render`.
/// `clock:shift:<file>` moves the clock by as many milliseconds as that file says, and `reload:wait:<pipe>` has a reload read
/// from that pipe. In release builds it is nothing.
package enum Failpoint {
    #if DEBUG
        private static let setting: [String] =
            ProcessInfo.processInfo.environment["HUB_FAILPOINT"]?.split(separator: ":", maxSplits: 2).map(String.init)
            ?? []
    #endif

    @inline(__always)
    package static func hit(_ name: String, _ text: @autoclosure () -> String) {
        #if DEBUG
            guard setting.count == 3, setting[0] == name, setting[1] == "crash",
                text().contains(setting[2])
            else { return }
            fatalError("the failpoint \(name) was hit")
        #endif
    }

    /// By how much the clock is to be wrong.
    package static var clockShift: Duration {
        #if DEBUG
            guard setting.count == 3, setting[0] == "clock" else { return .zero }
            let text = (try? String(contentsOfFile: setting[2], encoding: .utf8)) ?? ""
            return .milliseconds(Int64(text) ?? 0)
        #else
            return .zero
        #endif
    }

    package static func wait(_ name: String) {
        #if DEBUG
            guard setting.count == 3, setting[0] == name, setting[1] == "wait" else { return }
            _ = FileManager.default.contents(atPath: setting[2])
        #endif
    }
}
