#if DEBUG
    import Foundation
#endif

/// A place where tests of debug builds can make the program fail: `HUB_FAILPOINT=decode:crash:<text in the body>`, or `render`.
/// In release builds it is nothing.
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
}
