/// What the column `flags` of an event's row says.
enum EventFlags {
    static let showsRecord: Int64 = 1
    /// A derived event with a row of its own; those of now have none.
    static let derived: Int64 = 2
}
