package import HubModel

/// An event as the bytes that are stored of it. `event()` parses them, on the thread that needs it.
package struct StoredEvent: Sendable {
    package let id: String
    package let type: EventType
    let source: String
    let provider: String
    let occurredAt: Timestamp
    let receivedAt: Timestamp
    let subject: String?
    let changed: FieldSet
    let native: Event.Native
    let kind: RecordKind?
    let record: [UInt8]?
    let data: [UInt8]?
    let raw: [UInt8]
    let derived: Bool

    /// Roughly what it takes in memory.
    package var bytes: Int { 256 + raw.count + (record?.count ?? 0) + (data?.count ?? 0) }

    package func event() -> Event {
        let record = self.record.flatMap { StoredRecord.decode($0, kind: kind) }
        return Event(
            id: id, type: type, source: source, provider: provider, occurredAt: occurredAt, receivedAt: receivedAt,
            subject: subject, changed: changed, native: native, record: record,
            data: data.flatMap { try? JSON(parsing: $0) } ?? .null, raw: (try? JSON(parsing: raw)) ?? .null,
            derived: derived)
    }
}
