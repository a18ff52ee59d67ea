/// A configuration as it is in force: files read, includes and the environment's overlay applied, references expanded.
public struct Configuration: Sendable {
    /// A secret that was missing and made up for development.
    public struct Generated: Sendable, Hashable {
        /// `env:NAME` or `file:PATH`.
        public var reference: String
        public var value: Secret
    }

    public var root: Node
    /// Every file read, the main one first; what `--watch` watches, with `foldersRead`.
    public var filesRead: [String]
    /// Folders in which included files were looked for.
    public var foldersRead: [String]
    /// Names this version of the configuration; changes when anything in force changes, other than the values of
    /// secrets. Thirty-two hexadecimal digits; no defence against forgery.
    public var digest: String
    public var generated: [Generated]
    public var warnings: Diagnostics
}
