import Foundation
import HubEngine
import HubModel
import HubStore

extension Command {
    static let events = Command(
        name: "events", summary: "List and show events.", arguments: "ACTION [ID]",
        options: [
            .config, .env, .json, .limit, Option.value("type", "PATTERN", "Only of this type, such as call.*"),
            Option.value("source", "NAME", "Only from this adapter."),
            Option.value("subject", "ID", "Only about this call or message."),
            Option.flag("set-aside", "Instead: webhooks that are quarantined or in conflict."),
            Option.flag("raw", "Show the provider's JSON as well."),
        ],
        details: """
            hub events list           newest first
            hub events show evt_…     the event, its deliveries; --raw adds what the provider sent
            hub events list --set-aside   webhooks that could not be decoded, or arrived again with another body
            """
    ) { arguments in
        let verb = try action(arguments, ["list", "show"])
        let most = try limit(arguments)
        let reader = try Workspace(arguments).reader()
        switch verb {
        case "list" where arguments.has("set-aside"): return try listSetAside(reader, arguments)
        case "list":
            let rows = try reader.events(
                type: arguments["type"], source: arguments["source"], subject: arguments["subject"], limit: most)
            if arguments.has("json") {
                Console.print(.array(rows.map(\.json)))
            } else {
                Console.table(
                    ["ID", "OCCURRED", "TYPE", "SOURCE", "SUBJECT"],
                    rows.map { [$0.id, $0.occurredAt.description, $0.type, $0.source, $0.subject ?? $0.nativeType] })
            }
        default: return try showEvent(reader, try id(arguments), arguments)
        }
        return 0
    }

    static let calls = records(.call, "calls", "List and show calls, merged from all their webhooks.")
    static let messages = records(.message, "messages", "List and show messages.")

    static let deliveries = Command(
        name: "deliveries", summary: "List and show deliveries.", arguments: "ACTION [ID]",
        options: [
            .config, .env, .json, .limit,
            Option.value("state", "STATE", "pending, waiting, delivered, dead or discarded."),
            Option.value("endpoint", "NAME", "Only to this endpoint."),
            Option.value("route", "NAME", "Only by this route."),
        ],
        details: "hub deliveries list           newest first\nhub deliveries show dlv_…     with every failed attempt"
    ) { arguments in
        let verb = try action(arguments, ["list", "show"])
        let reader = try Workspace(arguments).reader()
        if verb == "show" { return try showDelivery(reader, try id(arguments), arguments) }
        var state: DeliveryState?
        if let text = arguments["state"] {
            guard let known = DeliveryState(rawValue: text) else {
                throw UsageError(
                    message: "--state is one of \(DeliveryState.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            state = known
        }
        return try listDeliveries(reader, arguments, state)
    }

    static let dead = Command(
        name: "dead", summary: "List, show, retry or discard deliveries that were given up.",
        arguments: "ACTION [ID...]",
        options: [
            .config, .env, .json, .limit, Option.value("endpoint", "NAME", "Only to this endpoint."),
            Option.value("route", "NAME", "Only by this route."),
            Option.flag("all", "Retry or discard all (of the endpoint or route)."),
        ],
        details: """
            hub dead list                 newest first, with the reason
            hub dead retry dlv_… dlv_…    put back: sent again at once, with as many attempts as a new delivery
            hub dead retry --all --endpoint crm
            hub dead discard dlv_…        no longer wanted
            """
    ) { arguments in
        let workspace = Workspace(arguments)
        switch try action(arguments, ["list", "show", "retry", "discard"]) {
        case "list": return try listDeliveries(try workspace.reader(), arguments, .dead)
        case "show": return try showDelivery(try workspace.reader(), try id(arguments), arguments)
        case let verb: return try change(verb == "retry", arguments, workspace)
        }
    }

    // MARK: Parts

    private static func action(_ arguments: Arguments, _ known: [String]) throws -> String {
        let word = arguments[0] ?? ""
        guard known.contains(word) else {
            throw UsageError(message: "\"\(word)\" is not one of \(known.joined(separator: ", "))")
        }
        return word
    }

    private static func id(_ arguments: Arguments) throws -> String {
        guard let id = arguments[1] else { throw UsageError(message: "missing ID") }
        return id
    }

    private static func limit(_ arguments: Arguments) throws -> Int {
        try arguments.number("limit", default: 20, in: 1...10_000)
    }

    private static func records(_ kind: RecordKind, _ name: String, _ summary: String) -> Command {
        Command(
            name: name, summary: summary, arguments: "ACTION [ID]", options: [.config, .env, .json, .limit],
            details:
                "hub \(name) list        those heard of last, newest first\nhub \(name) show ID     everything known; ID is the hub's or the provider's"
        ) { arguments in
            let verb = try action(arguments, ["list", "show"])
            let reader = try Workspace(arguments).reader()
            if verb == "show" {
                let id = try id(arguments)
                guard let found = try reader.record(kind, id: id) else {
                    throw Complaint("there is no \(kind.rawValue) \(id)")
                }
                if arguments.has("json") {
                    Console.print(found.json)
                } else {
                    Console.print(RecordText.show(found.record, source: found.source))
                }
                return 0
            }
            let rows = try reader.records(kind, limit: try limit(arguments))
            if arguments.has("json") {
                Console.print(.array(rows.map(\.json)))
            } else {
                let (head, cells) = RecordText.columns(kind)
                Console.table(head, rows.map { row in cells(row.record, row.source, row.at, row.id) })
            }
            return 0
        }
    }

    private static func listSetAside(_ reader: StoreReader, _ arguments: Arguments) throws -> Int32 {
        let rows = try reader.setAside(limit: try limit(arguments))
        if arguments.has("json") {
            Console.print(.array(rows.map(\.setAsideJSON)))
        } else {
            Console.table(
                ["ID", "RECEIVED", "SOURCE", "STATUS", "REASON"],
                rows.map { [$0.id, $0.receivedAt.description, $0.source, $0.status.rawValue, $0.reason ?? ""] })
        }
        return 0
    }

    private static func showEvent(_ reader: StoreReader, _ id: String, _ arguments: Arguments) throws -> Int32 {
        guard let row = try reader.event(id), let event = try reader.whole(row) else {
            throw Complaint("there is no event \(id)")
        }
        let deliveries = try reader.deliveries(event: row.sequence, limit: 1000)
        if arguments.has("json") {
            Console.print(event.json(with: deliveries, raw: arguments.has("raw")))
            return 0
        }
        Console.print(event.json)
        if arguments.has("raw") {
            Console.print("\nAs the provider sent it:")
            Console.print(event.raw)
        }
        if deliveries.isEmpty {
            Console.print("\nNo route took it; `hub explain` shows why.")
        } else {
            Console.print("")
            printDeliveries(deliveries)
        }
        return 0
    }

    private static func listDeliveries(_ reader: StoreReader, _ arguments: Arguments, _ state: DeliveryState?) throws
        -> Int32
    {
        let rows = try reader.deliveries(
            state: state, endpoint: arguments["endpoint"], route: arguments["route"], limit: try limit(arguments))
        if arguments.has("json") { Console.print(.array(rows.map(\.json))) } else { printDeliveries(rows) }
        return 0
    }

    private static func printDeliveries(_ rows: [DeliveryRow]) {
        Console.table(
            ["DELIVERY", "STATE", "AT", "EVENT", "ENDPOINT", "ROUTE", "ATTEMPTS", "RESULT"],
            rows.map {
                [
                    $0.id, $0.state.rawValue, $0.at.description, $0.eventType, $0.endpoint, $0.route,
                    String($0.attempts),
                    $0.reason.map { String($0.prefix { $0 != "\n" }) } ?? $0.status.map(String.init) ?? "",
                ]
            })
    }

    private static func showDelivery(_ reader: StoreReader, _ id: String, _ arguments: Arguments) throws -> Int32 {
        guard let row = try reader.delivery(id) else { throw Complaint("there is no delivery \(id)") }
        let attempts = try reader.attempts(row.sequence)
        if arguments.has("json") {
            Console.print(row.json(with: attempts))
            return 0
        }
        Console.print(
            """
            delivery  \(row.id)
            state     \(row.state.rawValue)
            event     \(row.event) (\(row.eventType))
            route     \(row.route)
            endpoint  \(row.endpoint)
            attempts  \(row.attempts)
            \(row.state == .waiting ? "due" : "at ")       \(row.at)
            """)
        if let status = row.status { Console.print("status    \(status)") }
        if let reason = row.reason { Console.print("reason    \(indented(reason))") }
        for attempt in attempts {
            Console.print(
                "\nattempt \(attempt.number) at \(attempt.at), \(attempt.duration.milliseconds) ms: \(indented(attempt.error ?? "delivered"))"
            )
            if let excerpt = attempt.excerpt, !excerpt.isEmpty {
                Console.print("  answer: \(indented(excerpt))")
            }
        }
        if let body = row.body {
            Console.print("\nbody")
            if let json = try? JSON(parsing: body) {
                Console.print(json)
            } else {
                Console.print(String(decoding: body, as: UTF8.self))
            }
        }
        return 0
    }

    /// With its further lines set in, so that none passes for one of the listing's own.
    private static func indented(_ text: String) -> String { text.replacing("\n", with: "\n          ") }

    private static func change(_ isRetry: Bool, _ arguments: Arguments, _ workspace: Workspace) throws -> Int32 {
        let database = try workspace.database()
        var ids = Array(arguments.positional.dropFirst())
        if arguments.has("all") {
            ids += try StoreReader(path: database).deliveries(
                state: .dead, endpoint: arguments["endpoint"], route: arguments["route"], limit: 100_000
            ).map(\.id)
        } else if ids.isEmpty {
            throw UsageError(message: "missing ID; --all means every dead delivery")
        }
        let editor = try StoreEditor(path: database)
        var rows: [JSON] = []
        var isGood = true
        for id in ids {
            let result = try editor.apply(Edit(isRetry ? .retry : .discard, .delivery(id)), at: .now)
            if result != .done(1) { isGood = false }
            let text =
                switch result {
                case .done: isRetry ? "put back" : "discarded"
                case .notDead: "is not dead"
                case .unknown: "is unknown"
                }
            rows.append(["id": .string(id), "result": .string(text)])
            if !arguments.has("json") { Console.print("\(id) \(text)") }
        }
        if arguments.has("json") { Console.print(.array(rows)) }
        // A hub that runs looks at once; without one, the next start does.
        if let process = StoreOwner.runningHub(path: database) { kill(process, SIGUSR1) }
        return isGood ? 0 : 1
    }
}
