import Glibc
import HubModel

/// One measured number.
struct Figure {
    let name: String
    let title: String
    let value: Double
    let unit: String
    let digits: Int
    /// What it must reach, in words.
    let must: String

    init(_ name: String, _ title: String, _ value: Double, _ unit: String, digits: Int = 0, must: String = "") {
        (self.name, self.title, self.value) = (name, title, value)
        (self.unit, self.digits, self.must) = (unit, digits, must)
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

    init(_ load: Load) {
        let ledger = load.ledger
        (offered, accepted, arrived) = (ledger.offeredCount, ledger.acceptedCount, ledger.arrivedCount)
        (refused, duplicates, strangers) = (ledger.refusedCount, ledger.duplicates, ledger.strangers)
        (arrivedUnaccepted, brokenConnections) = (ledger.arrivedUnaccepted, load.brokenConnections)
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
    let account: Account?

    var isLossless: Bool { account.map { $0.missing == 0 && $0.strangers == 0 } ?? true }

    var text: String {
        var rows = [("", "measured", "must reach")]
        rows += figures.map {
            ($0.title, Figure.format($0.value, digits: $0.digits) + ($0.unit.isEmpty ? "" : " " + $0.unit), $0.must)
        }
        let widths = (rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0)
        var lines = ["\(scenario): \(summary)", ""]
        for row in rows {
            var line = "  " + row.0 + String(repeating: " ", count: widths.0 - row.0.count)
            line += "  " + String(repeating: " ", count: widths.1 - row.1.count) + row.1
            if !row.2.isEmpty { line += "  " + row.2 }
            lines.append(line)
        }
        if let account { lines += ["", "  " + account.text] }
        if !isLossless { lines.append("  FAILED: every accepted webhook must arrive") }
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        var object: [JSONObject.Member] = [.init("scenario", .string(scenario)), .init("summary", .string(summary))]
        object.append(.init("figures", .object(JSONObject(figures.map { .init($0.name, JSON($0.value)) }))))
        object.append(.init("webhooks", account?.json ?? .null))
        return .object(JSONObject(object))
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
