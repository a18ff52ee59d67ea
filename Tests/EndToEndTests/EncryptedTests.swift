import AdapterKit
import Certificates
import Foundation
import HubModel
import Testing

@Suite("The hub's own TLS", .serialized, .timeLimit(.minutes(2)))
struct EncryptedTests {
    private let certificates: Certificates

    init() throws { certificates = try Certificates() }

    private func configuration(_ sink: Sink, certificate: String, key: String) -> String {
        Setup.configuration(sink: sink.port, routes: "routes: [{ name: all, on: call.ended, to: sink }]")
            .replacingOccurrences(
                of: "hub: { ", with: "hub: { tls: { certificate: \"\(certificate)\", key: \"\(key)\" }, ")
    }

    private func put(_ pair: Certificates.Pair, into hub: HubProcess) throws {
        for (from, to) in [(pair.certificate, "hub.pem"), (pair.key, "hub.key")] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: from))
            try bytes.write(to: hub.folder.appendingPathComponent(to), options: .atomic)
        }
    }

    /// Sends a webhook with curl; the status.
    private func post(_ number: Int, to hub: HubProcess, trusting pair: Certificates.Pair) throws -> String {
        let webhook = try Setup.webhook("voqo", Setup.voqo(number))
        let headers = webhook.headers.fields.flatMap { ["-H", "\($0.name): \($0.value)"] }
        return try Certificates.run(
            "/usr/bin/curl",
            headers + [
                "-s", "--cacert", pair.certificate, "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-",
                "https://127.0.0.1:\(hub.port)\(webhook.target)",
            ], input: String(decoding: webhook.body, as: UTF8.self)
        ).1
    }

    @Test("webhooks come in through TLS; a renewed certificate is taken up by a reload, and a broken one is not")
    func served() async throws {
        let sink = try Sink()
        let first = try certificates.make("first")
        let hub = try HubProcess(configuration(sink, certificate: "hub.pem", key: "hub.key"))
        try put(first, into: hub)
        try await hub.start()
        #expect(hub.log.contains("https://127.0.0.1:\(hub.port)/webhooks/voqo"), "\(hub.log)")
        #expect(try post(1, to: hub, trusting: first) == "200")
        let plain = await request("GET", "http://127.0.0.1:\(hub.port)/healthz")
        #expect(plain.status == 400 && plain.body.contains("speaks TLS"))
        // A client that keeps its connection through all of what follows.
        let kept = Process()
        let (input, output) = (Pipe(), Pipe())
        kept.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        kept.arguments = ["s_client", "-connect", "127.0.0.1:\(hub.port)", "-quiet", "-ign_eof"]
        (kept.standardInput, kept.standardOutput, kept.standardError) = (input, output, FileHandle.nullDevice)
        try kept.run()
        let ask = Data("GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n".utf8)
        try input.fileHandleForWriting.write(contentsOf: ask)
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
        // The key of another certificate: the reload is refused, and says which file is wrong.
        let second = try certificates.make("second")
        try Data(contentsOf: URL(fileURLWithPath: second.certificate)).write(
            to: hub.folder.appendingPathComponent("hub.pem"), options: .atomic)
        hub.signal(SIGHUP)
        await hub.logged("its key does not belong to the certificate")
        #expect(try post(2, to: hub, trusting: first) == "200")
        try put(second, into: hub)
        hub.signal(SIGHUP)
        await hub.logged("the configuration was reloaded")
        #expect(try post(3, to: hub, trusting: second) == "200")
        #expect(try post(4, to: hub, trusting: first) == "000")
        try input.fileHandleForWriting.write(contentsOf: ask)
        #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
        await sink.received(3)
        hub.signal(SIGTERM)
        #expect(await hub.ended() == 0)
        kept.waitUntilExit()
    }

    @Test("what is wrong with the files is told by check: missing, swapped, of two pairs; an old one is a warning")
    func checked() throws {
        let sink = try Sink()
        let good = try certificates.make("good")
        let other = try certificates.make("other")
        let old = try certificates.make("old", hasExpired: true)
        for (certificate, key, code, words) in [
            (good.certificate, good.key, 0, "the certificate will expire soon: it is good until"),
            (old.certificate, old.key, 0, "the certificate has expired: it was good until 2020-02-01T00:00:00"),
            ("/nowhere.pem", good.key, 1, "the file of \"certificate\" cannot be read: it does not exist"),
            (good.certificate, "/", 1, "the file of \"key\" cannot be read: it is a folder"),
            (good.key, good.certificate, 1, "the file of \"certificate\" cannot be used: it holds no certificate"),
            (good.certificate, other.key, 1, "the file of \"key\" cannot be used: its key does not belong"),
        ] {
            let hub = try HubProcess(configuration(sink, certificate: certificate, key: key))
            let result = try hub.command("check", "adapters.yaml")
            #expect(result.code == code, "\(result.error)")
            #expect(result.error.contains(words), "\(result.error)")
            #expect(result.error.contains("adapters.yaml:1:"))
        }
    }
}
