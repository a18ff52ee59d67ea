public import HubModel

extension Call {
    /// The types that `artifacts` can contain.
    public static let allArtifacts: [EventType] = [
        "call.summary_available", "call.transcript_available", "call.recording_available",
    ]

    /// The events that a report implies besides the end of the call: one for each artifact it carries.
    public var artifacts: [EventType] {
        var types: [EventType] = []
        if knows(\.summary) { types.append("call.summary_available") }
        if knows(\.transcript) { types.append("call.transcript_available") }
        if knows(\.recording) { types.append("call.recording_available") }
        return types
    }
}
