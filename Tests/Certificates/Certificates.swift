package import Foundation

/// Certificates for tests, made with the `openssl` command in a folder of their own.
package final class Certificates: Sendable {
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    package struct Failure: Error, CustomStringConvertible { package let description: String }

    package let folder: URL

    package init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("hub-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// One for this machine that signs itself and is good for ten days, or was in January 2020.
    package func make(_ name: String, hasExpired: Bool = false) throws -> Pair {
        let pair = Pair(
            certificate: folder.appendingPathComponent("\(name).pem").path,
            key: folder.appendingPathComponent("\(name).key").path)
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        var words = [
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", pair.key, "-subj",
            "/CN=\(name)", "-addext", names,
        ]
        guard hasExpired else {
            words += ["-x509", "-days", "10", "-out", pair.certificate]
            try openssl(words)
            return pair
        }
        let request = folder.appendingPathComponent("\(name).csr").path
        try openssl(words + ["-out", request])
        let settings = """
            [ca]
            default_ca = only
            [only]
            new_certs_dir = \(folder.path)
            database = \(folder.path)/\(name).index
            rand_serial = yes
            default_md = sha256
            copy_extensions = copy
            policy = any
            [any]
            commonName = supplied
            """
        let file = folder.appendingPathComponent("\(name).conf")
        try settings.write(to: file, atomically: true, encoding: .utf8)
        try "".write(to: folder.appendingPathComponent("\(name).index"), atomically: true, encoding: .utf8)
        try openssl([
            "ca", "-batch", "-config", file.path, "-selfsign", "-keyfile", pair.key, "-in", request, "-out",
            pair.certificate, "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-notext",
        ])
        return pair
    }

    package func openssl(_ words: [String]) throws {
        let (code, text) = try Self.run("/usr/bin/openssl", words)
        guard code == 0 else { throw Failure(description: "openssl \(words.joined(separator: " ")): \(text)") }
    }

    /// Runs a program to its end; its exit code, and all that it printed.
    package static func run(_ program: String, _ words: [String], input: String = "") throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        let (output, stdin) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = output
        process.standardInput = stdin
        try process.run()
        try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try? stdin.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
