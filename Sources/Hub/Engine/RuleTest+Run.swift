package import Foundation
import HubConfig
import HubDelivery
import HubIngress
package import HubModel

extension RuleTest {
    /// What came of a test.
    package struct Verdict: Sendable {
        package var name: String
        /// What differs from what the test expects; empty if it passed.
        package var problems: [String]

        package var isPassed: Bool { problems.isEmpty }

        package var json: JSON {
            [
                "name": .string(name), "passed": .bool(isPassed), "problems": .array(problems.map(JSON.string)),
            ]
        }
    }

    /// Follows the payload through the configuration and compares what comes of it with what is expected. Nothing is stored
    /// or sent.
    ///
    /// - Parameter folder: Where the paths of payloads begin: the folder of the configuration.
    package func run(_ compiled: CompiledHub, in folder: URL, at now: Timestamp) -> Verdict {
        Verdict(name: name, problems: problems(compiled, folder, now))
    }

    private func problems(_ compiled: CompiledHub, _ folder: URL, _ now: Timestamp) -> [String] {
        guard let source = compiled.sources[name: given.adapter] else {
            return ["there is no adapter \"\(given.adapter)\""]
        }
        var payload = TrialPayload(body: [])
        var json: JSON
        do {
            if let scalar = given.payload.scalar {
                payload = try TrialPayload(named: scalar.text, of: source, in: folder)
                json = try JSON(parsing: payload.body)
            } else {
                json = given.payload.revealedJSON()
            }
        } catch let error as TrialPayload.Unknown {
            return [error.description]
        } catch {
            return ["the payload is \(error)"]
        }
        for change in given.changes { json.set(change.path[...], change.value) }
        payload.body = json.encoded()
        do {
            let preview = try Preview(
                try payload.signed(for: source, at: now), source: source, outbound: compiled.outbound, now: now)
            return differences(preview).map(preview.veil.cover)
        } catch {
            return ["the payload cannot be decoded: \(error)"]
        }
    }

    private func differences(_ preview: Preview) -> [String] {
        var problems: [String] = []
        let types = preview.events.map { $0.view.event.type.rawValue }
        if let events = expected.events, events != types {
            problems.append(
                "expected the events \(events.joined(separator: ", ")); found \(types.isEmpty ? "none" : types.joined(separator: ", "))"
            )
        }
        guard let wanted = expected.deliveries else { return problems }
        let found = preview.deliveries
        guard found.count == wanted.count else {
            let all = found.map { "\($0.endpoint) (by \"\($0.route)\")" }.joined(separator: ", ")
            return problems + [
                "expected \(wanted.count) deliveries; found \(found.isEmpty ? "none" : "\(found.count): \(all)")"
            ]
        }
        for (wanted, found) in zip(wanted, found) { problems += Self.differences(wanted, found) }
        return problems
    }

    private static func differences(_ wanted: Expected.Delivery, _ found: Preview.RequestPreview) -> [String] {
        var problems: [String] = []
        if wanted.to != found.endpoint {
            problems.append("expected a delivery to \(wanted.to); it goes to \(found.endpoint)")
        }
        if let route = wanted.route, route != found.route {
            problems.append("expected it by the route \"\(route)\"; it is by \"\(found.route)\"")
        }
        switch found.result {
        case .failure(let error):
            problems.append("the delivery to \(found.endpoint) cannot be made: \(error.reason)")
        case .success(let request):
            guard let body = wanted.body else { return problems }
            let found = (try? JSON(parsing: request.body)) ?? .string(String(decoding: request.body, as: UTF8.self))
            problems += differences(body, found, at: "body")
        }
        return problems
    }

    /// Where `found` lacks or contradicts what is wanted; objects may have further members.
    private static func differences(_ wanted: JSON, _ found: JSON, at path: String) -> [String] {
        if let object = wanted.object, found.object != nil {
            return object.members.flatMap { member -> [String] in
                guard let value = found[member.name] else {
                    return ["\(path).\(member.name) is missing; expected \(member.value.text)"]
                }
                return differences(member.value, value, at: "\(path).\(member.name)")
            }
        }
        if let left = wanted.double, let right = found.double, left == right { return [] }
        return wanted == found ? [] : ["\(path) is \(found.text); expected \(wanted.text)"]
    }
}

extension JSON {
    /// Sets the value at a path and makes the objects that are missing on the way; a number is the index of a list's element.
    fileprivate mutating func set(_ path: ArraySlice<String>, _ value: JSON) {
        guard let first = path.first else { return self = value }
        if case .array(var items) = self, let index = Int(first), items.indices.contains(index) {
            items[index].set(path.dropFirst(), value)
            self = .array(items)
            return
        }
        var object = self.object ?? JSONObject()
        var inner = object[first] ?? .object(JSONObject())
        inner.set(path.dropFirst(), value)
        object[first] = inner
        self = .object(object)
    }
}
