internal import CLLHTTP

/// What the readers of one loop share: the limits, the table the machine fills, the names it has seen.
///
/// One for a loop and not for a connection: a table is four kilobytes, and all but broken-off heads are read in one call.
final class ReadingTools {
    let limits: HTTPLimits
    var allow: HTTPServer.BodyLimit?
    let findings: UnsafeMutablePointer<HubFindings>
    var strings = StringCache()

    init(_ limits: HTTPLimits, allow: HTTPServer.BodyLimit? = nil) {
        (self.limits, self.allow) = (limits, allow)
        findings = .allocate(capacity: 1)
        findings.initialize(to: HubFindings())
        findings.pointee.targetLimit = UInt32(clamping: limits.targetBytes)
    }

    deinit { findings.deallocate() }

    var fieldLimit: UInt32 { UInt32(max(0, min(limits.headerCount, Int(HUB_MOST_FIELDS)))) }

    /// Forgets what was found before, for the first bytes of a head or of a body in chunks.
    func clear() {
        findings.pointee.target = 0
        findings.pointee.targetEnd = 0
        findings.pointee.fieldCount = 0
        findings.pointee.fieldLimit = fieldLimit
    }

    /// How much body the owner allows for this request.
    func allowance(_ head: RequestHead) -> BodyAllowance {
        var allowance = allow?(head.method, head.path) ?? BodyAllowance(bytes: limits.bodyBytes)
        allowance.bytes = max(0, min(allowance.bytes, limits.bodyBytes))
        return allowance
    }
}

/// The findings that must outlive a call, when a head has not come whole.
struct KeptFindings {
    private let target: (start: UInt32, end: UInt32)
    private let fields: [HubField]

    init(_ tools: ReadingTools) {
        let found = tools.findings
        target = (found.pointee.target, found.pointee.targetEnd)
        fields = withUnsafeBytes(of: &found.pointee.fields) {
            Array($0.bindMemory(to: HubField.self).prefix(Int(found.pointee.fieldCount)))
        }
    }

    func restore(_ tools: ReadingTools) {
        tools.clear()
        let found = tools.findings
        (found.pointee.target, found.pointee.targetEnd) = target
        found.pointee.fieldCount = UInt32(fields.count)
        withUnsafeMutableBytes(of: &found.pointee.fields) { table in
            fields.withUnsafeBytes { table.copyMemory(from: $0) }
        }
    }
}
