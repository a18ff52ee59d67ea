import CYAML

/// Reads a YAML document as a stream of events, each with the bytes it was read from.
///
/// libyaml 0.2.1 or later. A parser belongs to one thread; parsers share nothing. It takes UTF-8 only and does not look
/// at what scalars mean: that `no` is text is decided above.
package struct Parser: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let offsets: CharacterOffsets
    private var hasEnded = false

    /// Throws when there is no memory for it. A byte order mark is skipped.
    package init(_ bytes: [UInt8]) throws(YAMLError) {
        let skipped = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        offsets = CharacterOffsets(bytes, from: skipped)
        // One byte more, so that an empty input has an address too.
        input = .allocate(capacity: bytes.count - skipped + 1)
        _ = input.initialize(from: bytes.dropFirst(skipped))
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            input.deallocate()
            throw YAMLError(problem: "out of memory", offset: 0, context: nil)
        }
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count - skipped)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event; nil after the last. After an error there are no more.
    package mutating func next() throws(YAMLError) -> Event? {
        while !hasEnded {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else {
                hasEnded = true
                throw failure()
            }
            defer { yaml_event_delete(&event) }
            if event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT { hasEnded = true }
            if let kind = Event.Kind(event) {
                let start = offsets[event.start_mark.index]
                return Event(kind: kind, range: start..<max(start, offsets[event.end_mark.index]))
            }
        }
        return nil
    }

    private func failure() -> YAMLError {
        let problem = parser.pointee
        let words = problem.problem.map { String(cString: $0) } ?? "out of memory"
        switch problem.error {
        case YAML_READER_ERROR:
            return YAMLError(problem: words, offset: offsets.skipped + problem.problem_offset, context: nil)
        case YAML_SCANNER_ERROR, YAML_PARSER_ERROR:
            let context = problem.context.map {
                YAMLError.Context(words: String(cString: $0), offset: offsets[problem.context_mark.index])
            }
            return YAMLError(problem: words, offset: offsets[problem.problem_mark.index], context: context)
        default:
            return YAMLError(problem: words, offset: offsets[problem.mark.index], context: nil)
        }
    }
}

/// Why a text is not YAML, in the library's own words.
package struct YAMLError: Error, Equatable {
    /// What was being read when it happened, and where that began.
    package struct Context: Sendable, Equatable {
        package var words: String
        package var offset: Int
    }

    package var problem: String
    /// In bytes.
    package var offset: Int
    package var context: Context?
}
