import Synchronization

/// One owner's way into the client: its requests, its completions and its turns, apart from those of other owners.
// Sendable because everything but the flag and the mailbox is only touched on the client's thread.
package final class ClientChannel: @unchecked Sendable {
    package let name: String
    private let mailbox: Mailbox
    /// Whether the mailbox already says that this channel is to have a turn.
    let isListed = Atomic(false)

    // On the client's thread only.
    private var turn: (@Sendable ([Completion]) -> ClientTurn)?
    private var ended: (@Sendable () -> Void)?
    private var completions: [Completion] = []
    /// Whether the client has it among its channels.
    var isKnown = false
    /// Whether it stands in the client's list of those whose turn it is.
    var isReady = false
    /// When the wait that its last turn asked for is over.
    private(set) var due: Moment?
    /// Its requests that have not finished.
    var underWay = 0

    init(
        _ name: String, _ mailbox: Mailbox, turn: @escaping @Sendable ([Completion]) -> ClientTurn,
        ended: (@Sendable () -> Void)?
    ) {
        (self.name, self.mailbox, self.turn, self.ended) = (name, mailbox, turn, ended)
    }

    /// Makes this owner's turn happen soon; from any thread.
    package func wake() {
        if !isListed.exchange(true, ordering: .acquiringAndReleasing) { mailbox.wake(self) }
    }

    /// Ends the channel, from any thread: its requests under way are broken off without a completion, and no further
    /// turn begins. One that has begun on the client's thread is finished.
    package func close() { mailbox.close(self) }

    // MARK: On the client's thread

    var isOpen: Bool { turn != nil }
    var hasCompletions: Bool { !completions.isEmpty }

    func add(_ completion: Completion) { completions.append(completion) }

    /// Lets the owner take what has finished; what it wants next.
    func run(at now: Moment) -> [ClientRequest] {
        guard let turn else { return [] }
        let wants = turn(completions)
        completions.removeAll(keepingCapacity: true)
        due = wants.wait.map { now + $0 }
        return wants.start
    }

    /// Nothing more comes; the owner's closures are let go.
    func end() {
        turn = nil
        due = nil
        completions = []
        let ended = ended
        self.ended = nil
        ended?()
    }
}
