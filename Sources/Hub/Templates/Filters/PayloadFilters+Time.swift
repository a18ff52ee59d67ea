internal import Foundation
import HubModel

extension PayloadFilters {
    private static let zoneParameter = Parameter("tz", Value.none)

    static let times: [Filter] = [
        Filter("iso8601", Signature([zoneParameter]), help: isoHelp, iso),
        Filter("iso", Signature([zoneParameter]), help: "The same as `iso8601`.", iso),
        Filter(
            "datetime", Signature([Parameter("format", .string("%Y-%m-%d %H:%M")), zoneParameter]),
            help:
                "A time by a pattern such as \"%d/%m/%Y %H:%M\", in the time zone `tz` (\"Australia/Sydney\"), "
                + "else in the offset the time is written in; `iso`, `date`, `time` and `rfc2822` are patterns too.",
            datetime),
        Filter(
            "format_time", Signature([Parameter("format"), zoneParameter]),
            help: "The same as `datetime`, with a pattern that must be given.", datetime),
        Filter(
            "parse_time", Signature([Parameter("format", Value.none), Parameter("tz", .string("UTC"))]),
            help:
                "Reads a time by a pattern such as \"%d/%m/%Y %H:%M\", else as ISO 8601 or Unix time; without an offset "
                + "it is a time of `tz`. Returns ISO 8601 in UTC; undefined for what is not a time of that form.",
            parseTime),
        Filter(
            "in_tz", Signature([Parameter("tz")]),
            help: "The same moment in ISO 8601 as the clocks of the time zone show it, with the offset.", inZone),
        Filter(
            "add",
            Signature(
                ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"].map {
                    Parameter($0, .int(0))
                }),
            help:
                "The time moved by `days=1`, `hours=-2` and so on; a month has its last day where the day is missing.",
            add),
        Filter(
            "diff", Signature([Parameter("other"), Parameter("unit", .string("seconds"))]),
            help:
                "How long after `other` the time is, in seconds, minutes, hours, days, weeks or milliseconds; "
                + "negative when it is before.",
            diff),
        Filter("unix", help: "Unix time in whole seconds.", unix),
        Filter("epoch", help: "The same as `unix`.", unix),
        Filter("epoch_ms", help: "Unix time in milliseconds.", epochMilliseconds),
        Filter(
            "duration", Signature([Parameter("format", Value.none)]),
            help:
                "Seconds for people: `2m 5s`; \"h:mm:ss\" and the like by a pattern of d, h, m and s, where the first "
                + "takes what is left; \"words\" gives `2 minutes 5 seconds`, \"iso\" `PT2M5S`.",
            duration),
    ]

    private static let isoHelp =
        "ISO 8601 in UTC with milliseconds, as `2025-10-09T08:54:20.000Z`; with `tz` as the clocks there show it."

    /// Reads what a filter is applied to: ISO 8601, or Unix time in seconds, milliseconds or microseconds.
    private static func moment(_ value: Value, _ filter: String) throws(TemplateError) -> Moment {
        switch value {
        case .string(let text), .markup(let text):
            if let moment = Moment(text) { return moment }
            throw .runtime(
                "\(filter) cannot read \(shown(text)) as a time: give ISO 8601 or Unix time, or read it with parse_time"
            )
        case .int, .float, .big:
            if let number = Number(value), let time = Timestamp(unix: number.double) { return Moment(time) }
            throw .runtime("\(filter) was given a number that is no Unix time between the years 1 and 9999")
        default: throw unfit(value, filter, "a time")
        }
    }

    private static func zone(
        _ arguments: Arguments, _ index: Int, _ filter: String
    ) throws(TemplateError) -> TimeZone? {
        guard let name = try optionalText(arguments, index, filter, "tz") else { return nil }
        return try Moment.zone(name, filter)
    }

    private static func iso(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let moment = try moment(value, "iso8601")
        guard let zone = try zone(arguments, 0, "iso8601") else { return .string(moment.time.description) }
        return .string(moment.moved(to: zone).iso)
    }

    private static func inZone(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let moment = try moment(value, "in_tz")
        let zone = try Moment.zone(text(arguments, 0, "in_tz", "tz"), "in_tz")
        return .string(moment.moved(to: zone).iso)
    }

    private static func datetime(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        var moment = try moment(value, "datetime")
        let pattern = try text(arguments, 0, "datetime", "format")
        let zone = try zone(arguments, 1, "datetime")
        if let zone { moment = moment.moved(to: zone) }
        guard pattern.utf8.count <= 1024 else { throw .runtime("datetime needs a format of at most 1024 bytes") }
        return .string(try TimePattern.write(moment, pattern, zone: zone))
    }

    private static func parseTime(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let zone = try zone(arguments, 1, "parse_time")
        guard let pattern = try optionalText(arguments, 0, "parse_time", "format") else {
            if case .int = value { return .string(try moment(value, "parse_time").time.description) }
            if case .float = value { return .string(try moment(value, "parse_time").time.description) }
            let came = try text(value, "parse_time")
            let trimmed = String(came.trimmingBlanks())
            if let moment = Moment(trimmed) {
                if moment.hasOffset { return .string(moment.time.description) }
                if let time = zone.map({ Moment.utc(local: moment.time.milliseconds, in: $0) }) ?? moment.time {
                    return .string(time.description)
                }
            }
            if let number = Double(trimmed), let time = Timestamp(unix: number) { return .string(time.description) }
            return nothing("parse_time", came, "it is neither ISO 8601 nor Unix time")
        }
        let came = try text(value, "parse_time")
        guard let read = try TimePattern.read(came, pattern) else {
            return nothing("parse_time", came, "it is not a time of the form \(shown(pattern))")
        }
        let time =
            if let offset = read.offset {
                Moment.time(read.local - Int64(offset) * 1000)
            } else if let zone {
                Moment.utc(local: read.local, in: zone)
            } else {
                Moment.time(read.local)
            }
        guard let time else { return nothing("parse_time", came, "it lies outside the years 1 to 9999") }
        return .string(time.description)
    }

    private static func add(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let moment = try moment(value, "add")
        var amounts: [Double] = []
        for (n, name) in ["years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds"]
            .enumerated()
        {
            let argument = arguments[n]
            guard case .int = argument else {
                guard case .float(let number) = argument, number.isFinite, n > 1 else {
                    throw unfit(argument, "add", n > 1 ? "a number" : "an integer", argument: name)
                }
                amounts.append(number)
                continue
            }
            amounts.append(Number(argument)?.double ?? 0)
        }
        let months = amounts[0] * 12 + amounts[1]
        let units: [Double] = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1]
        let rest = zip(amounts[2...], units).reduce(0) { $0 + $1.0 * $1.1 }
        guard abs(months) < 200_000, abs(rest) < 1e15,
            let moved = moment.adding(months: Int(months), milliseconds: Int64(rest.rounded()))
        else { throw .runtime("add leads outside the years 1 to 9999") }
        return .string(moved.iso)
    }

    private static func diff(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        if isNull(arguments[0]) { return .none }
        let moment = try moment(value, "diff")
        let other = try Self.moment(arguments[0], "diff")
        let known: [(String, Int64)] = [
            ("seconds", 1000), ("minutes", 60_000), ("hours", 3_600_000), ("days", 86_400_000), ("weeks", 604_800_000),
            ("milliseconds", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
            ("ms", 1),
        ]
        let word = try text(arguments, 1, "diff", "unit")
        let plural = known.contains { $0.0 == word + "s" } && word.utf8.count > 1 ? word + "s" : word
        let unit = try choice(plural, of: known, "diff", "unit")
        let between = moment.time.milliseconds - other.time.milliseconds
        if between % unit == 0 { return .int(Int(between / unit)) }
        return .float(Double(between) / Double(unit))
    }

    private static func unix(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let milliseconds = try moment(value, "unix").time.milliseconds
        return .int(Int((milliseconds - (milliseconds % 1000 + 1000) % 1000) / 1000))
    }

    private static func epochMilliseconds(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        return .int(Int(try moment(value, "epoch_ms").time.milliseconds))
    }

    private static func duration(
        _ machine: inout Machine, _ value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        if isNull(value) { return value }
        let seconds = try number(value, "duration")
        guard abs(seconds) < 1e12 else { throw .runtime("duration cannot show so many seconds") }
        let format = try optionalText(arguments, 0, "duration", "format")
        return .string(try TimePattern.duration(Int(abs(seconds).rounded()), negative: seconds <= -0.5, format))
    }
}
