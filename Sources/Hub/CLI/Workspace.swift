import AdapterKit
import Crypto
import Foundation
import HubEngine
import HubStore
import Synchronization

/// What most commands begin with: the configuration they are about, and its database.
struct Workspace {
    let path: String
    let overlay: String?
    let isDevelopment: Bool

    init(_ arguments: Arguments, file: String? = nil) {
        path = file ?? arguments["config"] ?? "adapters.yaml"
        overlay = arguments["env"]
        isDevelopment = arguments.has("dev")
    }

    var compiler: HubCompiler {
        var environment = ConfigEnvironment.process
        if isDevelopment { environment.missingSecret = { Self.made.secret(for: $0) } }
        return HubCompiler(modules: modules, loader: ConfigLoader(environment), isDevelopment: isDevelopment)
    }

    func compile() throws(Diagnostics) -> CompiledHub { try compiler.compile(path, overlay: overlay) }

    /// The database of the configuration. Secrets do not matter for that, nor what is wrong with the rules: who looks for
    /// a lost delivery may be in the middle of correcting them.
    func database() throws -> String {
        var lenient = self.compiler
        lenient.loader.environment.missingSecret = { Self.made.secret(for: $0) }
        let database = Hub.database(try lenient.settings(path, overlay: overlay), path: path)
        guard FileManager.default.fileExists(atPath: database) else {
            throw StoreError(
                lenient.veil(path, overlay: overlay).cover("there is no database \(database) yet; `hub run` makes it"))
        }
        return database
    }

    func reader() throws -> StoreReader {
        let database = try database()
        do { return try StoreReader(path: database) } catch {
            throw Complaint(compiler.veil(path, overlay: overlay).cover("\(error)"))
        }
    }

    /// Made-up secrets of this process: the same at every reload.
    static let made = MadeSecrets()

    final class MadeSecrets: Sendable {
        private let known = Mutex<[String: Secret]>([:])

        /// Development secrets are derived from their name, so that `hub send` signs with what `hub run` believes.
        /// The form is one that every kind of key has: text that is also base64.
        /// They protect nothing but a loopback listener with made-up data.
        func secret(for reference: String) -> Secret {
            known.withLock { known in
                if let secret = known[reference] { return secret }
                let secret = Secret(
                    "devs"
                        + Codec.hex.encode(
                            Array(DigestAlgorithm.sha256.digest(Array("\(Self.seed):\(reference)".utf8)).prefix(14))))
                known[reference] = secret
                return secret
            }
        }

        /// Random for each user and machine, kept in the user's own state folder; without one, for this process alone.
        private static let seed: String = {
            let folder = FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".local/state/hub")
            let file = folder.appendingPathComponent("dev-seed")
            if let text = try? String(contentsOf: file, encoding: .utf8), !text.isEmpty { return text }
            let text = Codec.hex.encode(secureRandom(16))
            try? FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            _ = FileManager.default.createFile(
                atPath: file.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
            return text
        }()
    }
}
