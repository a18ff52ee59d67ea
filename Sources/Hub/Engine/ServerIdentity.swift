import HubConfig
import HubModel
import TLS

/// Reads the files of `hub.tls` and judges them.
enum ServerIdentity {
    /// Chains are a few kilobytes.
    private static let mostBytes = 1 << 20
    private static let soon = Duration.seconds(14 * 86_400)

    /// What the hub proves itself with; all that is wrong is in `problems`, and what soon will be is there as a warning.
    static func load(
        _ files: HubSettings.TLSFiles, of configuration: String, _ environment: ConfigEnvironment, at now: Timestamp,
        _ problems: inout Diagnostics
    ) -> TLSIdentity? {
        func read(_ file: (path: String, place: Span), _ name: String) -> [UInt8]? {
            do throws(ConfigEnvironment.ReadError) {
                let bytes = try environment.readFile(full(file.path, configuration), mostBytes)
                if bytes.count <= mostBytes { return bytes }
                problems.error("the file of \"\(name)\" is longer than 1 MB", at: file.place)
            } catch {
                problems.error("the file of \"\(name)\" cannot be read: \(error.reason)", at: file.place)
            }
            return nil
        }
        let (certificate, key) = (read(files.certificate, "certificate"), read(files.key, "key"))
        guard let certificate, let key else { return nil }
        do throws(TLSIdentity.Problem) {
            let identity = try TLSIdentity(certificate: certificate, key: key)
            warn(of: identity, files, at: now, &problems)
            return identity
        } catch {
            let place = error.part == .key ? files.key.place : files.certificate.place
            problems.error(
                "the file of \"\(error.part == .key ? "key" : "certificate")\" cannot be used: \(error.description)",
                at: place)
            return nil
        }
    }

    private static func warn(
        of identity: TLSIdentity, _ files: HubSettings.TLSFiles, at now: Timestamp, _ problems: inout Diagnostics
    ) {
        func time(_ seconds: Int) -> Timestamp {
            Timestamp(milliseconds: Int64(min(max(seconds, 0), 253_402_300_799)) * 1000)
        }
        let (begin, end) = (time(identity.holds.lowerBound), time(identity.holds.upperBound))
        let words: String? =
            if now >= end {
                "the certificate has expired: it was good until \(end)"
            } else if now < begin {
                "the certificate is not good yet: it will be from \(begin)"
            } else if now + soon >= end {
                "the certificate will expire soon: it is good until \(end)"
            } else {
                nil
            }
        if let words { problems.warning(words, at: files.certificate.place) }
    }

    /// A path as the hub opens it.
    static func full(_ path: String, _ configuration: String) -> String {
        guard !path.hasPrefix("/"), let slash = configuration.lastIndex(of: "/") else { return path }
        return configuration[...slash] + path
    }
}
