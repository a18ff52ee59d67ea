import HubModel
import HubStore
import Testing

@testable import HubEngine

@Suite("Health")
struct HealthTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    @Test("is good while commits succeed and both threads get on, also in a long pause")
    func good() {
        for (busySince, lastTurn) in [(nil, Self.now), (Self.now + .seconds(-14), Self.now + .seconds(-14))]
            as [(Timestamp?, Timestamp)]
        {
            let health = Health(fault: nil, busySince: busySince, lastTurn: lastTurn, now: Self.now)
            #expect(health.isGood)
            #expect(health.json["status"] == "ok")
            #expect(health.json["version"] == .string(Version.text))
            for part in Health.parts { #expect(health.json["parts"]?[part]?["status"] == "ok") }
        }
    }

    @Test(
        "names the part that fails, and why, without paths",
        arguments: [
            (StoreFault.diskFull, "disk", "the disk is full"),
            (.ioError("disk I/O error in /var/lib/hub"), "disk", "the disk failed"),
            (.readOnly("/var/lib/hub"), "disk", "the database cannot be written"),
            (.misplaced(path: "/var/lib/hub/hub.db"), "disk", "a file of the database was removed or replaced"),
            (.damaged("/var/lib/hub"), "store", "the database is damaged"),
            (.busy, "store", "another process has locked the database"),
            (.outOfMemory, "store", "there is not enough memory"),
        ])
    func faults(fault: StoreFault, part: String, reason: String) {
        let health = Health(fault: fault, busySince: nil, lastTurn: Self.now, now: Self.now)
        #expect(!health.isGood)
        #expect(health.json["status"] == "failing")
        for other in Health.parts {
            #expect(health.json["parts"]?[other]?["status"] == (other == part ? "failing" : "ok"))
        }
        #expect(health.json["parts"]?[part]?["reason"] == .string(reason))
        #expect(!health.json.text.contains("/var"))
    }

    @Test("a thread that does not get on is told of")
    func stalled() {
        let store = Health(fault: nil, busySince: Self.now + .seconds(-16), lastTurn: Self.now, now: Self.now)
        #expect(store.troubles.map(\.part) == ["store"])
        let sender = Health(fault: .diskFull, busySince: nil, lastTurn: Self.now + .seconds(-16), now: Self.now)
        #expect(sender.troubles.map(\.part) == ["disk", "sender"])
    }

    @Test(
        "names of this machine",
        arguments: [
            ("localhost", true), ("LocalHost:8080", true), ("127.0.0.1:1", true), ("127.9.9.9", true),
            ("[::1]:80", true),
            ("hub.test:80", true), ("HUB.test", true), ("evil.example", false), ("127.0.0.1.evil.example", false),
            ("127.1", false), ("127.0.0.256", false), ("127.00.0.1", false), ("2130706433", false), ("0.0.0.0", false),
            ("[::1", false), ("[::1]x", false), ("localhost:x", false), ("a@localhost", false),
            ("localhost:80:80", false),
            ("", false), (nil, false),
        ])
    func names(host: String?, isMeant: Bool) {
        #expect(LoopbackName.isMeant(host, listening: "hub.test") == isMeant)
        #expect(!LoopbackName.isMeant("0.0.0.0:80", listening: "0.0.0.0"))
    }
}
