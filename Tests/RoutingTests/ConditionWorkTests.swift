import HubModel
import HubRouting
import Testing

@Suite("Work of conditions")
struct ConditionWorkTests {
    @Test("conditions that are too much work together are undecided, and the small ones beside them are not")
    func shared() throws {
        // A hundred conditions over a long text: by themselves most would be decided.
        let heavy = (0..<100).map {
            "  - { name: h\($0), on: call.ended, to: e, when: \"raw.text is lower and raw.text is upper or \($0) < 0\" }"
        }
        let table = try makeTable(
            "routes:\n\(heavy.joined(separator: "\n"))\n"
                + "  - { name: small, on: call.ended, to: e, when: \"raw.kind == 'a'\" }\n")
        let event = makeEvent(
            record: nil, raw: ["text": .string(String(repeating: "a", count: 10_000)), "kind": "a"])
        let matches = table.matches(EventView(event), vars: .object([:]))
        let undecided = matches.filter { $0.failure?.contains("steps of work") == true }
        #expect((50..<100).contains(undecided.count))
        #expect(matches.last?.route.name == "small")
        #expect(matches.last?.failure == nil)
    }
}
