import Certificates
import EventLoop
import Foundation
import TLS
import Testing

@Suite("TLS", .timeLimit(.minutes(2))) struct TLSTests {
    private let certificates: Certificates
    private let good: Certificates.Pair

    init() throws {
        certificates = try Certificates()
        good = try certificates.make("localhost")
    }

    private func identity(_ pair: Certificates.Pair) throws -> TLSIdentity {
        try TLSIdentity(
            certificate: Array(Data(contentsOf: URL(fileURLWithPath: pair.certificate))),
            key: Array(Data(contentsOf: URL(fileURLWithPath: pair.key))))
    }

    /// One request with `openssl s_client`, which prints the session and the answer.
    private func client(_ echo: Echo, _ options: [String] = [], trusting pair: Certificates.Pair? = nil) throws -> (
        code: Int32, text: String
    ) {
        try Certificates.run(
            "/usr/bin/openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(echo.port)", "-CAfile", (pair ?? good).certificate,
                "-verify_return_error", "-ign_eof",
            ] + options, input: "GET /tls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    private func curl(_ echo: Echo, _ path: String, _ options: [String]) throws -> (code: Int32, text: String) {
        try Certificates.run(
            "/usr/bin/curl",
            ["-sS", "--cacert", good.certificate, "https://localhost:\(echo.port)\(path)", "--ipv4"] + options)
    }

    @Test(
        "TLS 1.2 and 1.3 are spoken, with forward secrecy and authenticated encryption",
        arguments: [
            (["-tls1_3"], "TLSv1.3"), (["-tls1_2"], "TLSv1.2"),
            (["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"], "ECDHE-ECDSA-CHACHA20-POLY1305"),
            (["-alpn", "h2,http/1.1"], "ALPN protocol: http/1.1"),
        ])
    func spoken(options: [String], sign: String) throws {
        let echo = try Echo(identity: try identity(good))
        let (code, text) = try client(echo, options)
        #expect(code == 0)
        #expect(text.contains(sign), "\(text)")
        #expect(text.contains("Verify return code: 0 (ok)"))
        #expect(text.contains("HTTP/1.1 200 OK") && text.hasSuffix("GET /tls 0closed\n") || text.contains("GET /tls 0"))
    }

    @Test(
        "older versions and weaker ciphers are refused",
        arguments: [
            ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
            ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
            ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"], ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"],
        ])
    func refused(options: [String]) throws {
        let echo = try Echo(identity: try identity(good))
        let (_, text) = try client(echo, options)
        #expect(!text.contains("HTTP/1.1"), "\(text)")
        #expect(try client(echo).text.contains("HTTP/1.1 200"))
    }

    @Test("a client that trusts another certificate, or finds an expired one, does not talk to the server")
    func untrusted() throws {
        let other = try certificates.make("other")
        let echo = try Echo(identity: try identity(good))
        #expect(try !client(echo, trusting: other).text.contains("HTTP/1.1"))
        let expired = try certificates.make("expired", hasExpired: true)
        let late = try Echo(identity: try identity(expired))
        let (_, text) = try client(late, trusting: expired)
        #expect(text.contains("certificate has expired"))
        #expect(!text.contains("HTTP/1.1"))
    }

    @Test("bodies of megabytes pass both ways, in chunks too, on a kept connection") func large() throws {
        let echo = try Echo(
            answersAtOnce: true, answer: { HTTPReply(to: $0.token, status: 200, body: $0.body) },
            identity: try identity(good))
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = certificates.folder.appendingPathComponent("body")
        let back = certificates.folder.appendingPathComponent("back").path
        try Data(body).write(to: file)
        for options in [[], ["-H", "Transfer-Encoding: chunked"], ["--tls-max", "1.2"], ["--limit-rate", "8M"]] {
            let (code, text) = try curl(
                echo, "/large", ["--data-binary", "@\(file.path)", "-H", "Expect:", "-o", back] + options)
            #expect(code == 0, "\(text)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: back)) == Data(body))
        }
        let (code, text) = try curl(
            echo, "/a",
            [
                "--data", "one", "--next", "--cacert", good.certificate, "-sS", "--ipv4", "-w", " %{num_connects}",
                "--data", "two", "https://localhost:\(echo.port)/b",
            ])
        #expect(code == 0)
        #expect(text == "onetwo 0")
    }

    @Test("a thousand pipelined requests in one session are answered in order") func pipelined() throws {
        let echo = try Echo(identity: try identity(good))
        let requests = (0..<1000).map {
            "GET /\($0) HTTP/1.1\r\nHost: x\r\n\($0 == 999 ? "Connection: close\r\n" : "")\r\n"
        }
        let (_, text) = try Certificates.run(
            "/usr/bin/openssl",
            ["s_client", "-connect", "127.0.0.1:\(echo.port)", "-quiet", "-ign_eof"], input: requests.joined())
        let answers = text.components(separatedBy: "HTTP/1.1 200 OK").dropFirst()
        #expect(answers.count == 1000)
        for (number, answer) in answers.enumerated() { #expect(answer.contains("GET /\(number) 0")) }
    }

    @Test("plain HTTP on the port for TLS is told so, in plain HTTP") func plain() throws {
        let echo = try Echo(identity: try identity(good))
        for request in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE /x HTTP/1.1\r\n", "x"] {
            let wire = try Wire(port: echo.port)
            wire.send(request)
            let answer = try wire.answer()
            #expect(answer.status == 400)
            #expect(answer.body == "{\"error\":\"this port speaks TLS: use https\"}\n")
            wire.finishSending()
            #expect(wire.rest() == "")
        }
        #expect(echo.refusals == [400, 400, 400])
        #expect(try client(echo).text.contains("HTTP/1.1 200"))
    }

    @Test(
        "a handshake that stalls is cut off by the deadline of the head, as is a session that sends no request",
        arguments: [[], [0x16], [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC]] as [[UInt8]])
    func stalled(bytes: [UInt8]) throws {
        var limits = HTTPLimits()
        (limits.firstByte, limits.headDeadline) = (.milliseconds(200), .milliseconds(200))
        let echo = try Echo(limits, identity: try identity(good))
        let wire = try Wire(port: echo.port)
        wire.send(bytes)
        #expect(wire.rest() == "")
        let (_, text) = try Certificates.run(
            "/usr/bin/openssl", ["s_client", "-connect", "127.0.0.1:\(echo.port)", "-ign_eof"])
        #expect(text.contains("HTTP/1.1 408"), "\(text)")
    }

    @Test("a broken handshake harms nobody", arguments: 0..<20) func broken(seed: UInt8) throws {
        let echo = try Echo(identity: try identity(good))
        let wire = try Wire(port: echo.port)
        wire.send([0x16, 3, 1, 0, 100] + (0..<200).map { ($0 &* 7) ^ seed &* 31 })
        _ = wire.rest()
        #expect(try client(echo).text.contains("HTTP/1.1 200"))
        #expect(echo.requests.count == 1)
    }

    @Test("a new identity is for new connections; those that are open go on with theirs") func renewed() throws {
        let echo = try Echo(identity: try identity(good))
        let session = Process()
        let (input, output) = (Pipe(), Pipe())
        session.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        session.arguments = ["s_client", "-connect", "127.0.0.1:\(echo.port)", "-quiet", "-ign_eof"]
        (session.standardInput, session.standardOutput) = (input, output)
        session.standardError = FileHandle.nullDevice
        try session.run()
        func ask(_ path: String, _ extra: String = "") throws {
            try input.fileHandleForWriting.write(
                contentsOf: Data("GET \(path) HTTP/1.1\r\nHost: x\r\n\(extra)\r\n".utf8))
            #expect(echo.wait(for: 1))
        }
        try ask("/before")
        let next = try certificates.make("next")
        echo.server.use(try identity(next))
        let (_, text) = try client(echo, trusting: next)
        #expect(text.contains("CN = next") && text.contains("Verify return code: 0 (ok)"), "\(text)")
        #expect(echo.wait(for: 1))
        try ask("/after", "Connection: close\r\n")
        let answers = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        session.waitUntilExit()
        #expect(answers.contains("GET /before 0") && answers.contains("GET /after 0"))
        #expect(Set(echo.requests.filter { $0.path != "/tls" }.map(\.peerPort)).count == 1)
    }

    @Test("pieces of an answer pass through TLS as they are written") func stream() throws {
        let echo = try Echo(answersAtOnce: false, identity: try identity(good))
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        process.arguments = ["-sSN", "--cacert", good.certificate, "--ipv4", "https://localhost:\(echo.port)/events"]
        process.standardOutput = output
        try process.run()
        #expect(echo.wait(for: 1))
        let stream = echo.server.open(
            HTTPReply(to: try #require(echo.requests.first?.token), status: 200))
        for number in 0..<10 {
            stream.write(Array("event \(number)\n".utf8))
            #expect(String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "event \(number)\n")
        }
        let large = [UInt8](repeating: 0x61, count: 900_000)
        stream.write(large)
        stream.finish()
        #expect(Array(output.fileHandleForReading.readDataToEndOfFile()) == large)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    // MARK: Identities

    private func problem(_ certificate: String, _ key: String) -> TLSIdentity.Problem? {
        do throws(TLSIdentity.Problem) {
            _ = try TLSIdentity(certificate: Array(certificate.utf8), key: Array(key.utf8))
            return nil
        } catch { return error }
    }

    @Test("what is no certificate, no key, or not a pair is told with the file to blame") func problems() throws {
        let other = try certificates.make("other")
        let locked = certificates.folder.appendingPathComponent("locked.key").path
        try certificates.openssl(["ec", "-in", good.key, "-aes256", "-passout", "pass:secret", "-out", locked])
        func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        let (certificate, key) = (try text(good.certificate), try text(good.key))
        #expect(problem(certificate, key) == nil)
        #expect(problem(key + certificate, certificate + key) == nil)
        for (certificate, key, part, words) in [
            ("", key, TLSIdentity.Problem.Part.certificate, "it holds no certificate in PEM form"),
            (key, key, .certificate, "it holds no certificate in PEM form"),
            (String(certificate.dropLast(100)), key, .certificate, "it holds no certificate in PEM form"),
            (certificate, "", .key, "it holds no private key in PEM form"),
            (certificate, certificate, .key, "it holds no private key in PEM form"),
            (certificate, try text(other.key), .key, "its key does not belong to the certificate"),
            (certificate, try text(locked), .key, "its key needs a password, and there is nobody to ask"),
        ] {
            let found = problem(certificate, key)
            #expect(found?.part == part)
            #expect(found?.description == words)
        }
        let holds = try identity(try certificates.make("expired", hasExpired: true)).holds
        #expect(holds == 1_577_836_800...1_580_515_200)
    }
}
