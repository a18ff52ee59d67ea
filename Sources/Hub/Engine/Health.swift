import HubDelivery
import HubModel
import HubStore

/// How the hub is, part by part. Made of what its threads have left behind, so that to ask costs nothing and touches nothing.
struct Health {
    /// A part that cannot do what it is there for, and why, in words that may be shown to anybody.
    struct Trouble: Equatable {
        var part: String
        var reason: String
    }

    static let parts = ["store", "disk", "sender"]
    /// A thread that has been at one thing for so long does not get on.
    static let patience = Duration.seconds(15)

    let troubles: [Trouble]

    /// - Parameters:
    ///   - fault: why nothing can be written.
    ///   - busySince: when the store's thread began with what it is doing.
    ///   - lastTurn: when the sender's thread was last seen.
    init(fault: StoreFault?, busySince: Timestamp?, lastTurn: Timestamp, now: Timestamp) {
        var troubles = fault.map { [Self.trouble($0)] } ?? []
        if let busySince, now - busySince > Self.patience {
            troubles.append(Trouble(part: "store", reason: "a commit does not come to an end"))
        }
        if now - lastTurn > Self.patience {
            troubles.append(Trouble(part: "sender", reason: "its thread does not get on"))
        }
        self.troubles = troubles
    }

    /// Without paths and the system's own words, which are for the log.
    private static func trouble(_ fault: StoreFault) -> Trouble {
        switch fault {
        case .diskFull: Trouble(part: "disk", reason: "the disk is full")
        case .readOnly: Trouble(part: "disk", reason: "the database cannot be written")
        case .ioError: Trouble(part: "disk", reason: "the disk failed")
        case .misplaced: Trouble(part: "disk", reason: "a file of the database was removed or replaced")
        case .busy: Trouble(part: "store", reason: "another process has locked the database")
        case .damaged: Trouble(part: "store", reason: "the database is damaged")
        case .outOfMemory: Trouble(part: "store", reason: "there is not enough memory")
        case .outOfDescriptors:
            Trouble(part: "store", reason: "too many files and connections are open")
        default: Trouble(part: "store", reason: "it cannot be written")
        }
    }

    var isGood: Bool { troubles.isEmpty }

    var json: JSON {
        let parts = Self.parts.map { part -> JSONObject.Member in
            guard let trouble = troubles.first(where: { $0.part == part }) else {
                return JSONObject.Member(part, ["status": "ok"])
            }
            return JSONObject.Member(part, ["status": "failing", "reason": .string(trouble.reason)])
        }
        return [
            "status": isGood ? "ok" : "failing", "version": .string(Version.text),
            "parts": .object(JSONObject(parts)),
        ]
    }
}
