import AdapterKit

/// One adapter under test, made from the YAML that a user would write.
struct Workbench<Tested: Adapter> {
    let adapter: Tested
    var now = Timestamp(milliseconds: 1_760_000_000_000)

    init(_ yaml: String, as _: Tested.Type = Tested.self) throws {
        let configuration = try ConfigLoader().load(text: yaml)
        var problems = Diagnostics()
        let settings = Section(
            configuration.root, of: "adapter \"\(Tested.spec.name)\"",
            fields: CommonSettings.fields + Tested.spec.settings, &problems)
        try problems.throwIfErrors()
        adapter = try Tested(settings)
    }

    /// What is wrong with a configuration; empty when nothing is.
    static func problems(_ yaml: String) -> [String] {
        do { _ = try Workbench(yaml) } catch let error as Diagnostics {
            return error.sorted.map { [$0.message, $0.help].compactMap(\.self).joined(separator: " ") }
        } catch { return ["\(error)"] }
        return []
    }

    func webhook(_ body: String, _ headers: [(name: String, value: String)] = []) -> RawWebhook {
        RawWebhook(target: "/webhooks/test", headers: Headers(headers), body: Array(body.utf8), receivedAt: now)
    }

    /// Decodes a body that was proven as the provider would.
    func decode(_ body: String, _ headers: [(name: String, value: String)] = []) throws -> Decoded {
        var webhook = webhook(body, headers)
        webhook.headers.fields += adapter.proof.sign(webhook, at: now)
        return try adapter.decode(try adapter.proof.check(webhook, at: now))
    }

    func event(_ body: String) throws -> EventDraft {
        let events = try decode(body).events
        guard let event = events.first, events.count == 1 else { throw Missing("exactly one event") }
        return event
    }

    func call(_ body: String) throws -> Call { try event(body).call }

    func message(_ body: String) throws -> Message {
        guard let message = try event(body).subject.record.flatMap({ Message($0) }) else { throw Missing("a message") }
        return message
    }

    /// Why a proof with exactly these headers is refused; nil when it holds.
    func refusal(_ body: String, _ headers: [(name: String, value: String)]) -> ProofRefusal? {
        do { _ = try adapter.proof.check(webhook(body, headers), at: now) } catch { return error }
        return nil
    }

    /// The call that several webhooks add up to, in the order given.
    func merged(_ bodies: [String]) throws -> Call {
        let parts = try bodies.map { body in
            let event = try event(body)
            return try event.call.record.stamped(event.stage, at: event.occurredAt ?? now)
        }
        guard let first = parts.first, let call = Call(parts.dropFirst().reduce(first) { $0.merging($1).record }) else {
            throw Missing("a call")
        }
        return call
    }
}

struct Missing: Error, CustomStringConvertible {
    let description: String
    init(_ what: String) { description = "expected \(what)" }
}

extension EventDraft {
    var call: Call {
        get throws {
            guard let call = subject.record.flatMap({ Call($0) }) else { throw Missing("a call") }
            return call
        }
    }

    var isAboutNothing: Bool { if case .none = subject { true } else { false } }
}

extension Reply {
    var json: JSON? { try? JSON(parsing: body) }
}

/// Every order of a few things.
func orders<Element>(of things: [Element]) -> [[Element]] {
    guard things.count > 1 else { return [things] }
    return things.indices.flatMap { index in
        var rest = things
        let first = rest.remove(at: index)
        return orders(of: rest).map { [first] + $0 }
    }
}
