import Files
import Foundation

/// Where a configuration's files and secrets come from, so that tests and `--dev` can say otherwise.
public struct ConfigEnvironment: Sendable {
    /// Why a file cannot be read, in words: `it does not exist`, `permission is denied`.
    public struct ReadError: Error, Sendable, Hashable {
        public var reason: String

        public init(_ reason: String) { self.reason = reason }
    }

    /// The value of an environment variable; nil when it is not set.
    public var variable: @Sendable (_ name: String) -> String?
    /// A file's bytes, of which at most `limit` and one more are read.
    public var readFile: @Sendable (_ path: String, _ limit: Int) throws(ReadError) -> [UInt8]
    /// The names in a folder, in any order.
    public var listFolder: @Sendable (_ path: String) throws(ReadError) -> [String]
    /// A value for a secret that is missing, asked for with its reference (`env:NAME`); nil refuses to load.
    ///
    /// For `--dev` only. The secret that it returns is used for every place with that reference and is listed in
    /// `Configuration.generated`. It should answer alike at every reload, or signatures change under the user.
    public var missingSecret: (@Sendable (_ reference: String) -> Secret?)?

    public init(
        variable: @escaping @Sendable (String) -> String?,
        readFile: @escaping @Sendable (String, Int) throws(ReadError) -> [UInt8],
        listFolder: @escaping @Sendable (String) throws(ReadError) -> [String],
        missingSecret: (@Sendable (String) -> Secret?)? = nil
    ) {
        self.variable = variable
        self.readFile = readFile
        self.listFolder = listFolder
        self.missingSecret = missingSecret
    }

    /// The process's own environment and file system.
    public static let process: ConfigEnvironment = {
        let variables = ProcessInfo.processInfo.environment
        return ConfigEnvironment(
            variable: { variables[$0] },
            readFile: { path, limit throws(ReadError) in try read(path, limit) },
            listFolder: { path throws(ReadError) in try list(path) })
    }()

    private static func read(_ path: String, _ limit: Int) throws(ReadError) -> [UInt8] {
        do throws(RegularFile.Failure) {
            return try RegularFile.read(path, limit: limit)
        } catch {
            throw ReadError(error.reason)
        }
    }

    private static func list(_ path: String) throws(ReadError) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch { throw ReadError(reason(error)) }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoPermission?: "permission is denied"
        case .fileReadNoSuchFile?, .fileNoSuchFile?: "it does not exist"
        default: "it cannot be read (\(error.localizedDescription))"
        }
    }
}
