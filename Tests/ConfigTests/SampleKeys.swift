import HubModel

@testable import HubConfig

enum Order: String, CaseIterable, ConfigChoice {
    case perCall = "per_call"
    case none
}

struct Retry: ConfigSection {
    static let attempts = Key(
        "max_attempts", "The maximum number of attempts before a delivery is dead.", default: 5, in: 1...100)
    static let delay = Key("initial_delay", "First pause.", default: Duration.seconds(1), in: .zero ... .seconds(3600))
    static let ceiling = Key("max_delay", "Longest pause.", default: Duration.seconds(300))
    static let fields = [attempts.field, delay.field, ceiling.field]

    let attempts: Int
    let delay: Duration

    init(_ section: Section) throws(ConfigError) {
        (attempts, delay) = try section.read(Self.attempts, Self.delay)
        if try section[Self.ceiling] < delay {
            throw section.error(
                "\"max_delay\" is shorter than \"initial_delay\"", at: Self.ceiling, help: "Make it longer.")
        }
    }
}

/// Keys of every type, as a provider might declare them.
enum Sample {
    static let secret = Key<Secret>("secret", "Signing secret, from Acme's webhook page.")
    static let secrets = Key<[Secret]>("secrets", "Further secrets, for rotation.", default: [])
    static let tolerance = Key("tolerance", "Oldest timestamp to accept.", default: Duration.seconds(300))
    static let order = Key<Order?>("order", "Which deliveries wait for each other.")
    static let retry = Key<Retry?>("retry", "When a failed delivery is sent again.")
    static let allow = Key<[IPNetwork]>("allow", "Networks that may send.", default: [])
    static let port = Key<Int?>("port", "Where to listen.", in: 1...65_535)
    static let size = Key("body_limit", "Largest body to take.", default: ByteSize.megabytes(8))
    static let rate = Key<Rate?>("rate_limit", "Requests to send at most.")
    static let url = Key<URLText?>("url", "Where to send.")
    static let headers = Key<Named<String>>("headers", "Headers to add.", default: Named())
    static let enabled = Key("enabled", "Whether it is in use.", default: true)
    static let factor = Key("factor", "How each pause grows.", default: 2.0, in: 1...10)
    static let path = Key<String?>("path", "Where webhooks come in | by default the name.") { path in
        path?.hasPrefix("/") == false ? "must begin with a slash" : nil
    }
    static let body = Key<Node?>("body", "What to send.")

    static let fields = [
        secret.field, secrets.field, tolerance.field, order.field, retry.field, allow.field, port.field, size.field,
        rate.field, url.field, headers.field, enabled.field, factor.field, path.field, body.field,
    ]
}
