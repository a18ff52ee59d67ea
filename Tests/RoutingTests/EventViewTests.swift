import HubModel
import HubRouting
import Testing

@Suite("An event as rules and templates see it")
struct EventViewTests {
    @Test("the event's JSON is the same however often and in whatever order its forms are asked for")
    func forms() throws {
        var call = Call()
        call.providerCallID = "c1"
        call.agentName = "Ada"
        let time = Timestamp(milliseconds: 1_760_000_000_000)
        let event = Event(
            id: "evt_1", type: "call.ended", source: "voqo", provider: "voqo", occurredAt: time, receivedAt: time,
            subject: "call_1", native: .init(type: "x"), record: call.record, raw: ["a": 1])
        let wholeFirst = EventView(event)
        #expect(wholeFirst.json == event.json)
        #expect(wholeFirst.record == call.record.json)
        let recordFirst = EventView(event)
        #expect(recordFirst.record == call.record.json)
        #expect(recordFirst.json == event.json)
        #expect(recordFirst.json["call"] == recordFirst.record)
    }
}
