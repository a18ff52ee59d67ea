/// Something that reads what comes from outside. The tests run the same inputs through the same functions.
package enum Subject: String, CaseIterable, Sendable {
    /// Request heads and framing, as a peer sends them.
    case request
    case json
    /// A configuration file, with everything in it compiled.
    case configuration
    /// A webhook that is believed, through each adapter.
    case decode
    /// A webhook that is not, through each adapter's proof.
    case proof

    /// A promise that an input broke.
    package struct Broken: Error, CustomStringConvertible {
        package let description: String

        init(_ description: String) { self.description = description }
    }

    /// Puts an input through everything that reads such; only broken promises are thrown.
    package func run(_ bytes: [UInt8]) throws(Broken) {
        switch self {
        case .request: try RequestInput.run(bytes)
        case .json: try JSONInput.run(bytes)
        case .configuration: try ConfigurationInput.run(bytes)
        case .decode: try WebhookInput(bytes).decode()
        case .proof: try WebhookInput(bytes).prove()
        }
    }
}
