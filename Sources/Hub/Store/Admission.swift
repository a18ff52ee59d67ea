package import HubModel

/// What a webhook brings to its commit and gets back with its receipt.
package protocol AdmissionTicket: Sendable {
    /// What follows from the webhook. Pure; called inside the transaction with the record as it is stored.
    func plan(_ context: inout PlanContext) -> Plan
}

/// A webhook to keep, with what its receipt is for.
package struct Admission<Ticket: AdmissionTicket>: Sendable {
    package var webhook: NewWebhook
    package var ticket: Ticket

    package init(
        ticket: Ticket, source: String, provider: String, receivedAt: Timestamp,
        headers: [(name: String, value: String)], body: [UInt8], key: String, bodyHash: UInt64, digest: String,
        quarantine: String? = nil, recordID: String? = nil, kind: RecordKind? = nil
    ) {
        webhook = NewWebhook(
            source: source, provider: provider, receivedAt: receivedAt, headers: headers, body: body, key: key,
            bodyHash: bodyHash, digest: digest, quarantine: quarantine, recordID: recordID, kind: kind)
        self.ticket = ticket
    }
}

/// What is stored of a webhook.
package struct NewWebhook: Sendable {
    package var source: String
    package var provider: String
    package var receivedAt: Timestamp
    /// Hidden values are already replaced. Stored as lines, `Name: value`.
    package var headers: [(name: String, value: String)]
    /// The body as it is kept: exact, except for credentials.
    package var body: [UInt8]
    /// Two webhooks of a source with the same key are the same webhook.
    package var key: String
    /// Whether the source's proof covers every key. If not, a forged webhook can come first under the genuine one's key, so
    /// another body under it is a webhook of its own and not a conflict.
    package var isKeyProven = true
    /// Distinguishes bodies under one key.
    package var bodyHash: UInt64
    /// Digest of the configuration that routes it.
    package var digest: String
    /// Why it could not be decoded; such a webhook has no events.
    package var quarantine: String?
    /// The record that it is about, such as `call_…`, and the record's kind; both or neither.
    package var recordID: String?
    package var kind: RecordKind?
}
