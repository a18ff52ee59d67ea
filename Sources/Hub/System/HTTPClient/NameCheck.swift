internal import CCurl
import Foundation

/// Tells a name that does not exist from a resolver that cannot be asked: the library says the same of both.
///
/// A look-up may block for long, so it has a thread of its own, one name after the other. It happens only after a failure.
final class NameCheck: Sendable {
    private let queue = DispatchQueue(label: "hub.names")

    /// The same completion, or one that says that the fault is this machine's.
    func judge(_ completion: Completion, url: String, _ done: @escaping @Sendable (Completion) -> Void) {
        queue.async {
            var judged = completion
            if let words = Self.ownFault(URLComponents(string: url)?.host ?? "") {
                judged.outcome = .failure(.thisMachine, message: words)
            }
            done(judged)
        }
    }

    private static func ownFault(_ name: String) -> String? {
        guard !name.isEmpty else { return nil }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &found)
        if let found { freeaddrinfo(found) }
        switch code {
        case EAI_AGAIN, EAI_SYSTEM, EAI_MEMORY:
            return "the resolver of this machine cannot be asked (\(String(cString: gai_strerror(code))))"
        default: return nil
        }
    }
}
