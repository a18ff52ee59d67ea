import EmbeddedSamples

/// A payload as the provider sends it.
public struct Sample: Sendable {
    /// The native event name, with a suffix where there are several: `call_ended.failed`.
    public var name: String
    public var body: String
    /// Headers besides proof and content type, such as an event name that travels in one.
    public var headers: [(name: String, value: String)]

    public init(_ name: String, headers: [(name: String, value: String)] = [], _ body: String) {
        (self.name, self.headers, self.body) = (name, headers, body)
    }

    /// The files in `Sources/Adapters/<folder>/Samples`, one sample for each, sorted by file name.
    ///
    /// - Parameter headers: the headers of the samples that need any, by the name of the sample.
    public static func files(
        in folder: String, headers: [String: [(name: String, value: String)]] = [:]
    ) -> [Sample] {
        EmbeddedSample.all(in: folder).map { Sample($0.name, headers: headers[$0.name] ?? [], $0.text) }
    }
}
