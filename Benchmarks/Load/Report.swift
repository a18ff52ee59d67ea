import Glibc
import HubModel

/// One measured number.
struct Figure {
    let name: String
    let title: String
    let value: Double
    let unit: String
    let digits: Int
    let must: Bound?
    let aim: Bound?

    /// A limit that the project has set itself.
    enum Bound {
        case atLeast(Double)
        case atMost(Double)

        func holds(for value: Double) -> Bool {
            switch self {
            case .atLeast(let bound): value >= bound
            case .atMost(let bound): value <= bound
            }
        }

        var text: String {
            switch self {
            case .atLeast(let bound): "≥ " + Self.text(bound)
            case .atMost(let bound): "≤ " + Self.text(bound)
            }
        }

        private static func text(_ bound: Double) -> String {
            let digits = bound == bound.rounded() ? 0 : (bound * 10 == (bound * 10).rounded() ? 1 : 2)
            return Figure.format(bound, digits: digits)
        }
    }

    init(
        _ name: String, _ title: String, _ value: Double, _ unit: String = "", digits: Int = 0, must: Bound? = nil,
        aim: Bound? = nil
    ) {
        (self.name, self.title, self.value) = (name, title, value)
        (self.unit, self.digits, self.must, self.aim) = (unit, digits, must, aim)
    }

    var measured: String { Self.format(value, digits: digits) + (unit.isEmpty ? "" : " " + unit) }

    /// The must, marked when it is missed.
    var mustText: String {
        guard let must else { return "" }
        return must.text + (must.holds(for: value) ? "" : "  MISSED")
    }

    /// With a comma after the thousands.
    static func format(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = String(Int(scaled / scale))
        var text = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        if digits > 0 {
            let part = String(Int(scaled.truncatingRemainder(dividingBy: scale)))
            text += "." + String(repeating: "0", count: digits - part.count) + part
        }
        return value < 0 && scaled > 0 ? "-" + text : text
    }
}

/// What became of all webhooks of a scenario.
struct Account {
    var offered = 0
    var accepted = 0
    var arrived = 0
    var refused = 0
    var duplicates = 0
    var strangers = 0
    var arrivedUnaccepted = 0
    var brokenConnections = 0

    var missing: Int { accepted - arrived }
    /// Neither accepted nor refused: the connection broke, or no answer came in time.
    var unanswered: Int { offered - accepted - refused }

    init() {}

    /// What became of the webhooks of these groups; the others are meant not to arrive.
    init(_ load: Load, _ groups: Set<Group> = [.main]) {
        let counts = load.ledger.sum(groups)
        (offered, accepted, arrived) = (counts.offered, counts.accepted, counts.arrived)
        (refused, duplicates, strangers) = (counts.refused, counts.duplicates, load.ledger.strangers)
        (arrivedUnaccepted, brokenConnections) = (counts.arrivedUnaccepted, load.brokenConnections)
    }

    static func + (a: Account, b: Account) -> Account {
        var sum = a
        sum.offered += b.offered
        sum.accepted += b.accepted
        sum.arrived += b.arrived
        sum.refused += b.refused
        sum.duplicates += b.duplicates
        sum.strangers += b.strangers
        sum.arrivedUnaccepted += b.arrivedUnaccepted
        sum.brokenConnections += b.brokenConnections
        return sum
    }

    var text: String {
        let count = { (number: Int) in Figure.format(Double(number), digits: 0) }
        var text =
            "accepted \(count(accepted)), arrived \(count(arrived)), missing \(count(missing)), duplicates \(count(duplicates))"
        if refused > 0 { text += ", refused \(count(refused))" }
        if unanswered > 0 { text += ", without answer \(count(unanswered))" }
        if brokenConnections > 0 { text += ", broken connections \(count(brokenConnections))" }
        if strangers > 0 { text += ", arrivals that nobody sent \(count(strangers))" }
        return text
    }

    var json: JSON {
        [
            "offered": .int(offered), "accepted": .int(accepted), "arrived": .int(arrived), "missing": .int(missing),
            "duplicates": .int(duplicates), "refused": .int(refused), "unanswered": .int(unanswered),
            "broken_connections": .int(brokenConnections), "strangers": .int(strangers),
        ]
    }
}

/// What one scenario gives.
struct Measurement {
    let scenario: String
    let summary: String
    let figures: [Figure]
    /// Nil when nothing was sent.
    var account: Account?
    /// What should be said besides, a line each.
    var notes: [String] = []

    var isLossless: Bool { account.map { $0.missing == 0 && $0.strangers == 0 } ?? true }

    var text: String {
        var rows = [["", "measured", "must", "aim"]]
        rows += figures.map { [$0.title, $0.measured, $0.mustText, $0.aim?.text ?? ""] }
        var lines = ["\(scenario): \(summary)", ""] + Table.lines(rows, rightAligned: [1])
        if let account { lines += ["", "  " + account.text] }
        lines += notes.map { "  " + $0 }
        if !isLossless { lines.append("  FAILED: every accepted webhook must arrive") }
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        var object: [JSONObject.Member] = [.init("scenario", .string(scenario)), .init("summary", .string(summary))]
        object.append(.init("figures", .object(JSONObject(figures.map { .init($0.name, JSON($0.value)) }))))
        object.append(.init("webhooks", account?.json ?? .null))
        if !notes.isEmpty { object.append(.init("notes", .array(notes.map { .string($0) }))) }
        return .object(JSONObject(object))
    }
}

/// Columns of text.
enum Table {
    static func lines(_ rows: [[String]], rightAligned: Set<Int> = []) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = " "
            for (column, cell) in row.enumerated() {
                let room = String(repeating: " ", count: widths[column] - cell.count)
                line += " " + (rightAligned.contains(column) ? room + cell : cell + room) + " "
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    /// Every figure that has a limit, of all scenarios, and whether anything was lost.
    static func summary(_ measurements: [Measurement]) -> String {
        var rows = [["scenario", "figure", "measured", "must", "aim"]]
        for measurement in measurements {
            for figure in measurement.figures where figure.must != nil || figure.aim != nil {
                rows.append([
                    measurement.scenario, figure.title, figure.measured, figure.mustText, figure.aim?.text ?? "",
                ])
            }
            if let account = measurement.account {
                let missing = Double(account.missing)
                rows.append([
                    measurement.scenario, "accepted and missing", Figure.format(missing, digits: 0),
                    "≤ 0" + (missing > 0 ? "  LOST" : ""), "",
                ])
            }
        }
        return lines(rows, rightAligned: [2]).joined(separator: "\n")
    }
}

extension Machine {
    var json: JSON {
        [
            "cores": .int(cores), "processor": .string(processor), "kernel": .string(kernel),
            "memory_gb": JSON(memoryGB),
            "file_system": .string(fileSystem), "sync_us": JSON(syncMicroseconds),
        ]
    }
}
