import HubModel

/// A record as the database keeps it.
enum StoredRecord {
    static func encode(_ record: Record) -> [UInt8] { record.storedBytes() }

    /// Nil when the bytes are something else.
    static func decode(_ bytes: [UInt8], kind: RecordKind?) -> Record? {
        Record(stored: bytes, kind: kind)
    }
}
