import AdapterKit
import Foundation
import Testing

/// Every sample that an adapter offers becomes exactly what `Fixtures/<adapter>/<sample>.json` says.
///
/// The files were written from the providers' tables. After a change that is meant, run the tests with HUB_RECORD=1 and
/// read the difference line by line.
@Suite struct SampleTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var adapter: String
        var sample: Sample
        var decode: @Sendable (Sample) throws -> Decoded

        var testDescription: String { "\(adapter) \(sample.name)" }
    }

    static let cases = AdapterList.all.flatMap { listed in
        listed.spec.samples.map { sample in
            Case(adapter: listed.name, sample: sample) { try listed.decode($0) }
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    @Test("a sample of the provider becomes the events that its tables promise", arguments: cases)
    func sample(_ one: Case) throws {
        let made = try Self.shown(try one.decode(one.sample))
        let file = Self.folder.appending(path: one.adapter).appending(path: "\(one.sample.name).json")
        if ProcessInfo.processInfo.environment["HUB_RECORD"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(made.utf8).write(to: file)
        }
        let expected = try #require(String(data: try Data(contentsOf: file), encoding: .utf8))
        #expect(made == expected)
    }

    @Test("no sample has a name, or becomes a type, that its adapter does not declare")
    func declared() throws {
        let declared = Dictionary(uniqueKeysWithValues: AdapterList.all.map { ($0.name, $0.spec.events) })
        for one in Self.cases {
            for event in try one.decode(one.sample).events {
                let events = try #require(declared[one.adapter])
                let types = events.first { $0.name == event.native.type }?.types
                let others = events.first { $0.name.contains("any other") }?.types
                for type in [event.type] + event.derived {
                    #expect(
                        (types ?? []).contains(type) || (others ?? []).contains(type), "\(one.testDescription): \(type)"
                    )
                }
            }
        }
    }

    @Test("no file is left over from a sample that is gone")
    func leftovers() throws {
        for (adapter, cases) in Dictionary(grouping: Self.cases, by: \.adapter) {
            let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: adapter).path())
            #expect(Set(files) == Set(cases.map { "\($0.sample.name).json" }))
        }
    }

    @Test("no two samples are taken for the same webhook")
    func keys() throws {
        for (adapter, cases) in Dictionary(grouping: Self.cases, by: \.adapter) {
            let keys = try cases.map { try $0.decode($0.sample).key }
            #expect(Set(keys).count == keys.count, "\(adapter)")
        }
    }

    // MARK: The form of the files

    private static func shown(_ decoded: Decoded) throws -> String {
        var lines = "{\n  \"key\": \(text(.string(decoded.key))),\n"
        lines += "  \"reply\": \(text(decoded.reply.json ?? .string(decoded.reply.contentType))),\n  \"events\": ["
        for event in decoded.events {
            lines += "\n    {\n      \"type\": \(text(.string(event.type.rawValue)))"
            if !event.derived.isEmpty {
                lines += ",\n      \"derived\": \(text(.array(event.derived.map { .string($0.rawValue) })))"
            }
            lines +=
                ",\n      \"native\": \(text(["type": .string(event.native.type), "id": event.native.id.map(JSON.string) ?? .null]))"
            lines += ",\n      \"stage\": \"\(event.stage)\""
            lines += ",\n      \"occurred_at\": \(text(event.occurredAt.map { .string($0.description) } ?? .null))"
            if let record = event.subject.record {
                lines += ",\n      \"\(record.kind.name)\": {\(members(record.json))\n      }"
            }
            if !event.data.isNull { lines += ",\n      \"data\": \(text(event.data))" }
            lines += "\n    }"
        }
        return lines + "\n  ]\n}\n"
    }

    private static func text(_ json: JSON) -> String { String(decoding: json.encoded(), as: UTF8.self) }

    /// One line a known field.
    private static func members(_ record: JSON) -> String {
        let known = record.object?.members.compactMap { member in
            Self.known(member.value).map { "\n        \(text(.string(member.name))): \(text($0))" }
        }
        return (known ?? []).joined(separator: ",")
    }

    /// Nil for what says nothing. Spelt `Optional.none`, since a bare nil would be JSON's null.
    private static func known(_ value: JSON) -> JSON? {
        switch value {
        case .null, .array([]): return Optional.none
        case .object(let object):
            let members = object.members.filter { !$0.value.isNull }
            return members.isEmpty ? Optional.none : .object(JSONObject(members))
        default: return value
        }
    }
}
