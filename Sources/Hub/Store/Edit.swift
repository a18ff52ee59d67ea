/// A change to dead deliveries that a person asks for.
package struct Edit: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        /// Due again at once, with as many attempts as a new delivery. Takes dead and discarded ones.
        case retry
        /// Marked as discarded by a person. Takes dead ones.
        case discard
    }

    package enum Target: Sendable, Hashable {
        /// The delivery of that public id.
        case delivery(String)
        /// Every dead delivery, of that endpoint and route if given.
        case dead(endpoint: String?, route: String?)
    }

    package var action: Action
    package var target: Target

    package init(_ action: Action, _ target: Target) { (self.action, self.target) = (action, target) }
}

/// What became of an edit.
package enum EditResult: Sendable, Hashable {
    /// How many deliveries were changed.
    case done(Int)
    case notDead
    case unknown
}
