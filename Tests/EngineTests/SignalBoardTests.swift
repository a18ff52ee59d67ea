import AdapterKit
import HubDelivery
import HubIngress
import HubModel
import HubStore
import Synchronization
import Testing

@testable import HubEngine

@Suite("What the hub tells")
struct SignalBoardTests {
    /// A board with a clock set by hand, and the lines it wrote.
    private final class Bench: Sendable {
        let now = Mutex(Timestamp(milliseconds: 1_700_000_000_000))
        let lines = Mutex<[String]>([])

        var board: SignalBoard {
            SignalBoard(
                clock: { [self] in now.withLock { $0 } }, log: { [self] line in lines.withLock { $0.append(line) } })
        }

        func pass(_ duration: Duration) { now.withLock { $0 = $0 + duration } }
        var written: [String] { lines.withLock { $0 } }
    }

    @Test("ten minutes of one fault write at most a line a second, and say how many were left out")
    func heldBack() {
        let bench = Bench()
        let board = bench.board
        for _ in 0..<6000 {
            board.take(.store(.commitFailed(.diskFull)))
            bench.pass(.milliseconds(100))
        }
        #expect(bench.written.count <= 601)
        #expect(bench.written.count >= 500)
        #expect(bench.written[1].hasSuffix("(and 9 more like this)"))
    }

    @Test("another cause is written at once, whatever is held back")
    func causes() {
        let bench = Bench()
        let board = bench.board
        for source in ["a", "b"] {
            for _ in 0..<3 { board.take(.ingress(.refused(source: source, peer: "192.0.2.1", reason: "no signature"))) }
        }
        board.take(.delivery(.buried(id: "dlv_1", endpoint: "crm", reason: "the receiver is gone for good (410)")))
        #expect(
            bench.written == [
                "a: refused a webhook from 192.0.2.1: no signature",
                "b: refused a webhook from 192.0.2.1: no signature",
                "delivery dlv_1 to crm is dead: the receiver is gone for good (410)",
            ])
    }

    @Test("a clock that jumps back does not silence the log")
    func clock() {
        let bench = Bench()
        let board = bench.board
        board.take(.store(.commitFailed(.busy)))
        bench.pass(.seconds(-3600))
        board.take(.store(.commitFailed(.busy)))
        #expect(bench.written.count == 2)
    }

    @Test("what is counted is counted by source, endpoint and fate, and writes nothing")
    func counted() {
        let bench = Bench()
        let board = bench.board
        board.take(.ingress(.webhooks(.accepted, source: "voqo", count: 3)))
        board.take(.ingress(.webhooks(.unproven(.badSignature), source: "voqo", count: 2)))
        board.take(.ingress(.webhooks(.accepted, source: "voqo", count: 1)))
        board.take(.delivery(.ended(.delivered, endpoint: "crm", count: 5)))
        board.take(.ingress(.refusedRequest(status: 431)))
        #expect(board.counters.webhooks == ["voqo": ["accepted": 4, "bad_signature": 2]])
        #expect(board.counters.deliveries == ["crm": [.delivered: 5]])
        #expect(board.counters.refusedRequests == [431: 1])
        #expect(bench.written.isEmpty)
    }
}
