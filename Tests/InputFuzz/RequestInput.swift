#if DEBUG || HUB_FUZZ
    @testable import EventLoop

    /// The first byte says how the rest is cut into pieces.
    enum RequestInput {
        private static let limits: HTTPLimits = {
            var limits = HTTPLimits()
            (limits.headerBytes, limits.headerCount, limits.bodyBytes) = (1024, 16, 512)
            return limits
        }()

        static func run(_ bytes: [UInt8]) throws(Subject.Broken) {
            guard let how = bytes.first else { return }
            let tools = ReadingTools(limits)
            let rest = bytes.dropFirst()
            let whole = outcomes([rest], tools)
            let size = Int(how & 0x1F) + 1
            let pieces = stride(from: rest.startIndex, to: rest.endIndex, by: size).map {
                rest[$0..<min(rest.endIndex, $0 + size)]
            }
            let parts = outcomes(pieces, tools)
            guard whole == parts else {
                throw Subject.Broken("pieces of \(size) bytes make another request: \(whole) and \(parts)")
            }
        }

        /// What the reader says, in order.
        private static func outcomes(_ pieces: [ArraySlice<UInt8>], _ tools: ReadingTools) -> [String] {
            var reader = RequestReader()
            var all: [String] = []
            for piece in pieces {
                var memory = Array(piece)
                let isOver = memory.withUnsafeMutableBytes { memory in
                    var at = 0
                    while at < memory.count {
                        switch reader.read(memory, from: &at, tools) {
                        case .needsMore: continue
                        case .request(let head, let body, _):
                            all.append("\(head.method) \(head.target) \(head.headers) \(head.keepsAlive) \(body)")
                        case .refused(let refusal):
                            all.append("\(refusal.status) \(refusal.reason)")
                            return true
                        }
                    }
                    return false
                }
                if isOver { return all }
            }
            return all + [reader.isBetweenRequests ? "between" : "within"]
        }
    }
#else
    /// The reader is only seen where tests are built.
    enum RequestInput {
        static func run(_ bytes: [UInt8]) throws(Subject.Broken) {}
    }
#endif
