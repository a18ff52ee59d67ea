import Synchronization

/// Remembers of headers' names whether their values are hidden: the same few come with every webhook.
final class HeaderMemo: Sendable {
    private static let most = 256
    private let known = Mutex<[String: Bool]>([:])

    func hides(_ name: String, otherwise decide: (String) -> Bool) -> Bool {
        known.withLock { known in
            if let answer = known[name] { return answer }
            let answer = decide(name)
            // Names come from outside; nobody makes this grow.
            if known.count < Self.most { known[name] = answer }
            return answer
        }
    }
}
