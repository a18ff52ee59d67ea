import AdapterKit
import Certificates
import Foundation
import HTTPClient
import HubModel
import Processes
import Testing

/// What somebody without any secret can do to a running hub from outside, done.
@Suite("Under attack from the network", .serialized, .timeLimit(.minutes(2)))
struct AttackTests {
    init() { _ = DescriptorLimit.raise() }

    private func limit(_ hub: HubProcess) throws -> String {
        let limits = try String(contentsOfFile: "/proc/\(hub.id)/limits", encoding: .utf8)
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") } ?? ""
        return line.split(separator: " ").dropFirst(3).prefix(2).joined(separator: " ")
    }

    /// A number of `/proc/…/status`, in kilobytes.
    private func memory(_ name: String, of hub: HubProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(hub.id)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return Int(line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first ?? "") ?? 0
    }

    private func send(_ numbers: Range<Int>, to hub: HubProcess) async throws {
        for number in numbers {
            let answer = await Setup.send(try Setup.webhook("voqo", Setup.voqo(number)), to: hub)
            #expect(answer.status == 200, "\(answer.body)")
        }
    }

    private func configuration(_ sink: Sink, attempts: Int = 1, extra: String = "") -> String {
        Setup.configuration(
            sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]",
            endpoint: "retry: { max_attempts: \(attempts) }\n\(extra)")
    }

    @Test("the limit of open files is raised as far as it goes, up to what the hub can use")
    func raised() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start(descriptors: (256, 4096))
        #expect(try limit(hub) == "4096 4096")
    }

    @Test("more silent connections than there are descriptors keep no delivery from arriving")
    func silentUnderLowLimit() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start(descriptors: (1024, 1024))
        let silent = try (0..<1100).map { _ in try Peer(port: hub.port) }
        try await send(0..<15, to: hub)
        await sink.received(15)
        #expect(Set(sink.receipts.compactMap { $0.json["call"]?["provider_call_id"]?.string }).count == 15)
        #expect(hub.log.contains("connections are taken"), "\(hub.log)")
        #expect(!hub.log.contains("permissions"), "\(hub.log)")
        withExtendedLifetime(silent) {}
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
    }

    @Test("4,200 silent connections do not keep the next request from being served")
    func silent() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        let silent = try (0..<4200).map { _ in try Peer(port: hub.port) }
        let next = try Peer(port: hub.port, patience: 4)
        next.send("GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n")
        #expect(next.read().hasPrefix("HTTP/1.1 200"))
        try await send(0..<1, to: hub)
        await sink.received(1)
        withExtendedLifetime(silent) {}
    }

    @Test(
        "a delivery for which this machine has no descriptor waits, uses up no attempt, and arrives when there is one")
    func withoutDescriptors() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        let client = HTTPClient()
        client.start()
        defer { client.stop() }
        // The hub's own connection to the sink is not open yet.
        try await open(client, hub)
        try hub.limitDescriptors(to: 3)
        for number in 0..<3 { try await post(number, client, hub) }
        await hub.logged("no descriptors left (EMFILE")
        #expect(hub.log.contains("use up no attempts"))
        #expect(sink.receipts.isEmpty)
        try hub.limitDescriptors(to: 4096)
        await sink.received(3)
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
        let listed = try hub.command("deliveries", "list", "--json")
        let deliveries = try JSON(parsing: listed.output).array ?? []
        #expect(deliveries.count == 3)
        for delivery in deliveries {
            #expect(delivery["state"]?.string == "delivered", "\(delivery)")
            #expect(delivery["attempts"]?.int ?? 1 == 1, "\(delivery)")
        }
    }

    /// Whether a process may be put into a network of its own, where there is nothing.
    private static let canIsolate = (try? Certificates.run("/usr/bin/unshare", ["-rn", "true"]).0) == 0

    @Test(
        "without a route or a resolver of its own, the hub makes no attempts and says what is missing",
        .enabled(if: canIsolate))
    func withoutNetwork() async throws {
        let sink = try Sink()
        func configuration(_ one: String, _ other: String, listen: String = "127.0.0.1:0") -> String {
            """
            hub: { listen: "\(listen)", store: "sqlite:data/hub.db" }
            adapters: { voqo: { secret: "\(Setup.secret)" } }
            endpoints:
              one: { url: "\(one)", allow: [127.0.0.0/8], retry: { max_attempts: 1 } }
              other: { url: "\(other)", allow: [127.0.0.0/8], retry: { max_attempts: 1 } }
            routes: [{ name: all, on: call.ended, to: [one, other] }]
            """
        }
        let here = "http://127.0.0.1:\(sink.port)/x"
        let hub = try HubProcess(configuration(here, here))
        try await hub.start()
        let client = HTTPClient()
        client.start()
        defer { client.stop() }
        // Two deliveries wait in the database of a hub that could send nothing.
        try await open(client, hub)
        try hub.limitDescriptors(to: 3)
        try await post(1, client, hub)
        await hub.logged("no descriptors left (EMFILE")
        hub.kill()
        await hub.ended()
        // From where the next one runs, no address and no name leads anywhere.
        try hub.write(configuration("http://1.1.1.1/x", "http://receiver.example.com/x", listen: "0.0.0.0:0"))
        try await hub.start(isIsolated: true)
        await hub.logged("this machine has no route to the address")
        await hub.logged("the resolver of this machine cannot be asked")
        hub.signal(SIGTERM)
        await hub.ended()
        try hub.write(configuration(here, here))
        try await hub.start()
        await sink.received(2)
    }

    /// Opens the connection that `post` uses, while there are descriptors for it.
    private func open(_ client: HTTPClient, _ hub: HubProcess) async throws {
        let completion = await client.send(
            ClientRequest(id: 1, method: "GET", url: "http://127.0.0.1:\(hub.port)/healthz", policy: .everything))
        guard case .response(200, _, _) = completion.outcome else { throw Unanswered(outcome: "\(completion.outcome)") }
    }

    private func post(_ number: Int, _ client: HTTPClient, _ hub: HubProcess) async throws {
        let webhook = try Setup.webhook("voqo", Setup.voqo(number))
        let completion = await client.send(
            ClientRequest(
                id: 1, url: "http://127.0.0.1:\(hub.port)\(webhook.target)", headers: webhook.headers.fields,
                body: webhook.body, policy: .everything))
        guard case .response(200, _, _) = completion.outcome else { throw Unanswered(outcome: "\(completion.outcome)") }
    }

    private struct Unanswered: Error { let outcome: String }

    @Test("two hundred large bodies whose proof is wrong take no more memory than there is for unfinished requests")
    func largeBodies() async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        try await send(0..<5, to: hub)
        let before = try memory("VmHWM", of: hub)
        let size = 8 * 1024 * 1024 - 100
        let webhook = try Setup.webhook("voqo", Setup.voqo(0))
        let headers = webhook.headers.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        let head = "POST \(webhook.target) HTTP/1.1\r\nHost: hub\r\n\(headers)Content-Length: \(size)\r\n\r\n"
        let peers = try (0..<200).map { _ in try Peer(port: hub.port) }
        for peer in peers { peer.send(head) }
        let part = [UInt8](repeating: 0x20, count: 512 * 1024)
        // All but the last bytes of each, as far as they are taken.
        var open = peers
        for _ in 0..<15 where !open.isEmpty { open = open.filter { $0.send(part) } }
        let after = try memory("VmHWM", of: hub)
        print("unfinished bodies: \(before / 1024) MB before, \(after / 1024) MB at most")
        #expect(after - before < 160 * 1024, "from \(before) to \(after) KB")
        #expect(hub.log.contains("unfinished requests fill the 64 MB"), "\(hub.log)")
        try await send(5..<6, to: hub)
        await sink.received(6)
    }

    @Test(
        "a webhook without proof, or with one that cannot be read, is refused before its body comes",
        arguments: ["", "X-Webhook-Signature: nonsense\r\n", "Expect: 100-continue\r\n"])
    func withoutProof(line: String) async throws {
        let sink = try Sink()
        let hub = try HubProcess(configuration(sink))
        try await hub.start()
        let peer = try Peer(port: hub.port)
        peer.send("POST /webhooks/voqo HTTP/1.1\r\nHost: hub\r\n\(line)Content-Length: 8000000\r\n\r\n")
        let answer = peer.read()
        #expect(answer.hasPrefix("HTTP/1.1 401"), "\(answer)")
        #expect(answer.contains("missing_proof") || answer.contains("malformed_proof"))
    }
}

/// A bare connection to the hub.
final class Peer: Sendable {
    private let descriptor: Int32

    struct Refused: Error {}

    init(port: Int, patience: Int = 10) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw Refused() }
    }

    deinit { close(descriptor) }

    @discardableResult func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Whether all of it could be sent.
    @discardableResult func send(_ bytes: [UInt8]) -> Bool {
        var at = 0
        while at < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress.map { $0 + at }, bytes.count - at, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            at += sent
        }
        return true
    }

    /// What comes next; empty at the end, and when the patience is over.
    func read() -> String {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }

    /// What comes until the other side closes.
    func readAll() -> String {
        var all = ""
        while case let text = read(), !text.isEmpty { all += text }
        return all
    }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
