@testable import EventLoop

/// What a reader makes of bytes that come in pieces.
enum Feed {
    enum Outcome: Equatable, CustomStringConvertible {
        case request(Seen)
        case refused(status: Int, reason: String)

        var description: String {
            switch self {
            case .request(let seen): "\(seen.method) \(seen.target) \(seen.headers) +\(seen.body.count)"
            case .refused(let status, let reason): "\(status) \(reason)"
            }
        }
    }

    struct Seen: Equatable {
        var method: String
        var target: String
        var path: String
        var headers: [String]
        var body: [UInt8]
        var keepsAlive: Bool
    }

    /// Gives a reader the pieces one after the other, as a socket would; what it says, in order, and whether it is
    /// between requests at the end.
    static func outcomes(
        _ pieces: [ArraySlice<UInt8>], _ tools: ReadingTools = tools
    ) -> (all: [Outcome], isBetween: Bool) {
        var reader = RequestReader()
        var all: [Outcome] = []
        for piece in pieces {
            // Of exactly this size, so that the address sanitizer sees a read beyond it.
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
            defer { memory.deallocate() }
            memory.copyBytes(from: piece)
            var at = 0
            while at < memory.count {
                switch reader.read(memory, from: &at, tools) {
                case .needsMore: continue
                case .request(let head, let body, _):
                    all.append(
                        .request(
                            Seen(
                                method: head.method, target: head.target, path: String(head.path),
                                headers: head.headers.map { "\($0.name): \($0.value)" }, body: body,
                                keepsAlive: head.keepsAlive)))
                case .refused(let refusal):
                    all.append(.refused(status: refusal.status, reason: refusal.reason))
                    return (all, false)
                }
            }
        }
        return (all, reader.isBetweenRequests)
    }

    static func outcomes(_ text: String) -> [Outcome] { outcomes([Array(text.utf8)[...]]).all }

    /// The same bytes in two pieces, and one by one.
    static func cuts(_ bytes: [UInt8]) -> [[ArraySlice<UInt8>]] {
        bytes.indices.dropFirst().map { [bytes[..<$0], bytes[$0...]] } + [bytes.indices.map { bytes[$0...$0] }]
    }

    /// The limits of the tests.
    static var tools: ReadingTools {
        var limits = HTTPLimits()
        limits.headerBytes = 4096
        limits.headerCount = 20
        limits.bodyBytes = 1000
        return ReadingTools(limits)
    }
}
