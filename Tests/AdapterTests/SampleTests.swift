import AdapterKit
import Foundation
import OpenPhone
import Testing
import Vapi
import Vogent

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

    private static func cases<Tested: Adapter>(_: Tested.Type, _ yaml: String) -> [Case] {
        Tested.spec.samples.map { sample in
            Case(adapter: Tested.spec.name, sample: sample) { sample in
                try Workbench<Tested>(yaml).decode(sample.body, sample.headers)
            }
        }
    }

    static let cases =
        cases(
            Vapi.self,
            """
            secret: sample-vapi-secret
            keep: [hang, speech-update, assistant.speechStarted, assistant.started, model-output, user-interrupted,
                   language-change-detected, voice-input]
            """)
        + cases(OpenPhone.self, "secret: whsec_c2FtcGxlIHN0YW5kYXJkIHdlYmhvb2tzIGtleSD+")
        + cases(Vogent.self, "secret: sample-vogent-secret")

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    @Test("a sample of the provider becomes the events that its tables promise", arguments: cases)
    func sample(_ one: Case) throws {
        let made = try Self.shown(try one.decode(one.sample))
        let file = Self.folder.appending(path: one.adapter).appending(path: "\(one.sample.name).json")
        if ProcessInfo.processInfo.environment["HUB_RECORD"] == "1" {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(made.utf8).write(to: file)
        }
        let expected = try #require(String(data: try Data(contentsOf: file), encoding: .utf8))
        #expect(made == expected)
    }

    @Test("no sample has a name, or becomes a type, that its adapter does not declare")
    func declared() throws {
        let declared: [String: [NativeEvent]] = [
            Vapi.spec.name: Vapi.spec.events, OpenPhone.spec.name: OpenPhone.spec.events,
            Vogent.spec.name: Vogent.spec.events,
        ]
        for one in Self.cases {
            for event in try one.decode(one.sample).events {
                let native = try #require(declared[one.adapter]?.first { $0.name == event.native.type }, "\(one.testDescription)")
                for type in [event.type] + event.derived {
                    #expect(native.types.contains(type), "\(one.testDescription): \(type)")
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

    @Test("a sample cut short anywhere is refused in words, and never a trap", arguments: cases)
    func truncated(_ one: Case) throws {
        let bytes = Array(one.sample.body.utf8)
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
            let body = String(decoding: bytes[..<length], as: UTF8.self)
            #expect(throws: DecodeError.self) { try one.decode(Sample(one.sample.name, body)) }
        }
    }

    // MARK: The form of the files

    private static func shown(_ decoded: Decoded) throws -> String {
        var lines = "{\n  \"key\": \(text(.string(decoded.key))),\n"
        lines += "  \"reply\": \(text(decoded.reply.json ?? .string(decoded.reply.contentType))),\n  \"events\": ["
        for event in decoded.events {
            lines += "\n    {\n      \"type\": \(text(.string(event.type.rawValue)))"
            if !event.derived.isEmpty { lines += ",\n      \"derived\": \(text(.array(event.derived.map { .string($0.rawValue) })))" }
            lines += ",\n      \"native\": \(text(["type": .string(event.native.type), "id": event.native.id.map(JSON.string) ?? .null]))"
            lines += ",\n      \"stage\": \"\(event.stage)\""
            lines += ",\n      \"occurred_at\": \(text(event.occurredAt.map { .string($0.description) } ?? .null))"
            switch event.subject {
            case .call(let call): lines += ",\n      \"call\": {\(members(call.record.json))\n      }"
            case .message(let message): lines += ",\n      \"message\": {\(members(message.record.json))\n      }"
            case .none: break
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
