import Foundation
import HubEngine
import HubModel

/// What the program says: results on standard output, everything else on standard error.
///
/// Much of it comes from payloads and receivers, so nothing reaches the terminal that is more than text.
enum Console {
    static func print(_ text: String) { write(VisibleText.lines(text) + "\n", to: .standardOutput) }

    static func error(_ text: String) { write(VisibleText.lines(text) + "\n", to: .standardError) }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that has gone away, as in `hub events list | head`, is no reason to crash.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    static func print(_ json: JSON) { printJSON(json.pretty()) }

    /// Prints JSON that is already written out, on one line or several.
    static func printJSON(_ text: String) { write(VisibleText.json(text) + "\n", to: .standardOutput) }

    /// Columns as wide as their widest cell; the last one runs free.
    static func table(_ head: [String], _ rows: [[String]]) {
        let rows = rows.map { $0.map(VisibleText.line) }
        var widths = head.map(\.count)
        for row in rows {
            for (n, cell) in row.enumerated() where n < widths.count { widths[n] = max(widths[n], cell.count) }
        }
        func line(_ cells: [String]) -> String {
            var text = ""
            for (n, cell) in cells.enumerated() {
                text += cell
                if n < cells.count - 1 { text += String(repeating: " ", count: widths[n] - cell.count + 2) }
            }
            return text
        }
        print(([line(head)] + rows.map(line)).joined(separator: "\n"))
    }

    /// An entry of the running hub's log: time, then what happened. Further lines of it are set in, so that none passes
    /// for an entry of its own.
    static func log(_ text: String) { error("\(Timestamp.now) \(text.replacing("\n", with: "\n    "))") }
}

extension Timestamp {
    static var now: Timestamp { HubEngine.Hub.systemClock() }
}
