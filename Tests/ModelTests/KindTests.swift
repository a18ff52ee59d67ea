import HubModel
import Testing

/// A kind of record that the hub does not know, declared as the known ones are.
private struct Viewing: TypedRecord {
    var record = Record(Self.kind)

    final class Fields: Sendable {
        let id = Field<String?>(0, "id", "The hub's id.")
        let provider = Field<String?>(1, "provider", "The provider's module.")
        let providerViewingID = Field<String?>(2, "provider_viewing_id", "The provider's id.")
        let status = Field<MessageStatus?>(5, "status", merge: .forward, "How far it is.")
        let address = Field<String?>(9, "place.address", visibility: .personal, "Where.")
        let room = Field<Double?>(3, "place.room", "Which room.")
        let guests = Field<[String]>(60, "guests", merge: .longest, "Who comes.")
        let photo = Field<Recording?>(4, "photo", "A picture.")
    }

    static let fields = Fields()
    static let kind = RecordKind("viewing", number: 200, idPrefix: "view_", meaning: "A viewing.", fields: fields)
}

@Suite("A kind of record is one declaration")
struct KindTests {
    private static func part(_ stage: Record.Stage, at ms: Int64, _ fill: (inout Viewing) -> Void) -> Record {
        var viewing = Viewing()
        viewing.providerViewingID = "v1"
        fill(&viewing)
        return viewing.record.stamped(stage, at: Timestamp(milliseconds: ms))
    }

    private let planned = Self.part(.planned, at: 30) {
        ($0.status, $0.guests, $0.address) = (.sent, ["Ada", "Bob"], "1 High St")
    }
    private let ended = Self.part(.ended, at: 10) {
        ($0.status, $0.guests, $0.room) = (.delivered, ["Eve"], 2)
        $0.photo = Recording(url: "u")
    }

    @Test("its fields merge by their rules in either order, and say what changed")
    func merging() throws {
        let one = planned.merging(ended)
        #expect(one.changed.names(in: Viewing.kind) == ["status", "place.room", "photo"])
        #expect(ended.merging(planned).record == one.record)
        let viewing = try #require(Viewing(one.record))
        #expect(viewing.status == .delivered)
        #expect(viewing.guests == ["Ada", "Bob"])
        #expect((viewing.address, viewing.room) == ("1 High St", 2))
        #expect(viewing.knows(\.photo) && !viewing.knows(\.id))
        #expect(Call(one.record) == nil)
    }

    @Test("its JSON and shape show every field in the order of the declaration")
    func json() {
        var record = planned.merging(ended).record
        record.identify(id: "view_00ff00ff00ff00ff00ff00ff00ff00ff", provider: "acme")
        #expect(
            record.json.text
                == #"{"id":"view_00ff00ff00ff00ff00ff00ff00ff00ff","provider":"acme","provider_viewing_id":"v1","status":"delivered","place":{"address":"1 High St","room":2},"guests":["Ada","Bob"],"photo":{"url":"u","expires_at":null,"size":null,"duration":null,"content_type":null}}"#
        )
        #expect(
            Viewing().record.json.text
                == #"{"id":null,"provider":null,"provider_viewing_id":null,"status":null,"place":{"address":null,"room":null},"guests":[],"photo":{"url":null,"expires_at":null,"size":null,"duration":null,"content_type":null}}"#
        )
        guard case .object(let members, _) = Viewing.model.shape.kind else {
            Issue.record("no object")
            return
        }
        #expect(
            members.map(\.name) == ["id", "provider", "provider_viewing_id", "status", "place", "guests", "photo"])
    }

    @Test("it is stored and read back, with its own ids in short form")
    func storage() {
        var record = planned.merging(ended).record
        record.identify(id: "view_00ff00ff00ff00ff00ff00ff00ff00ff", provider: "acme")
        record = record.stamped(.report, at: Timestamp(milliseconds: 40))
        let bytes = record.storedBytes()
        #expect(Record(stored: bytes, kind: Viewing.kind) == record)
        #expect(Record(stored: bytes, kind: .call) == nil)
        // Only kinds that the hub knows are found by their number.
        #expect(Record(stored: bytes) == nil)
    }

    @Test("an event about it carries it under its name")
    func event() {
        let merged = planned.merging(ended)
        let event = Event(
            id: "evt_1", type: .providerEvent, source: "s", provider: "acme", occurredAt: Timestamp(milliseconds: 0),
            receivedAt: Timestamp(milliseconds: 0), subject: "view_1", changed: merged.changed,
            native: Event.Native(type: "x"), record: merged.record)
        #expect(event.json["viewing"]?["status"] == "delivered")
        #expect(event.json["changed"] == ["status", "place.room", "photo"])
    }
}

@Suite("Sets of fields")
struct FieldSetTests {
    @Test("names come in the model's order, and unknown ones are left out")
    func names() {
        let set = FieldSet(["agent.name", "nonsense", "status", "conversation_id"], in: .call)
        #expect(set.names(in: .call) == ["status", "agent.name", "conversation_id"])
        #expect(set.count == 3)
        #expect(FieldSet(bits: set.bits) == set)
        #expect(FieldSet(bits: .max).names(in: .call) == RecordKind.call.model.fields.map(\.name))
        #expect(FieldSet(bits: 1 << 63).names(in: .call).isEmpty)
        #expect(FieldSet().names(in: .call).isEmpty)
    }

    @Test("numbers come in ascending order, to the highest")
    func numbers() {
        #expect(Array(FieldSet(bits: 1 << 63 | 1 << 7 | 1)) == [0, 7, 63])
        #expect(Array(FieldSet()) == [])
    }
}
