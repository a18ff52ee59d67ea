package import HubModel

/// An event in a list.
package struct EventRow: Sendable {
    package var id: String
    package var sequence: SequenceNumber
    package var type: String
    package var source: String
    package var subject: String?
    package var occurredAt: Timestamp
    package var nativeType: String
    package var nativeID: String?
    package var changed: [String]
    package var derived: Bool
    package var webhook: SequenceNumber
    package var data: JSON
}

/// A webhook as it is kept.
package struct WebhookRow: Sendable {
    package var id: String
    package var sequence: SequenceNumber
    package var source: String
    package var provider: String
    package var receivedAt: Timestamp
    package var status: WebhookStatus
    package var reason: String?
    package var key: String
    package var digest: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var recordID: String?
    package var record: Record?
}

/// A record in its newest state.
package struct RecordRow: Sendable {
    package var id: String
    package var source: String
    /// When it was last heard of.
    package var at: Timestamp
    package var record: Record
    /// The webhook that it was last heard of in; for paging.
    package var webhook: SequenceNumber
}

/// A delivery in a list.
package struct DeliveryRow: Sendable {
    package var id: String
    package var sequence: SequenceNumber
    package var event: String
    package var eventType: String
    package var route: String
    package var endpoint: String
    package var state: DeliveryState
    package var attempts: Int
    /// When it is due again, or when it was settled.
    package var at: Timestamp
    package var status: Int?
    package var duration: Duration?
    package var reason: String?
    package var body: [UInt8]?
}
