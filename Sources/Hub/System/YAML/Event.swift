import CYAML

/// A piece of a document's structure.
package struct Event: Sendable, Equatable {
    package enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }

    package enum Kind: Sendable, Equatable {
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(String, Style, anchor: String?, tag: String?)
        case sequenceStart(isFlow: Bool, anchor: String?, tag: String?)
        case sequenceEnd
        case mappingStart(isFlow: Bool, anchor: String?, tag: String?)
        case mappingEnd
    }

    package var kind: Kind
    /// In bytes of the input, a byte order mark included.
    package var range: Range<Int>
}

extension Event.Kind {
    /// Nil for the ends of the stream.
    init?(_ event: yaml_event_t) {
        func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? { pointer.map { String(cString: $0) } }
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: self = .documentStart
        case YAML_DOCUMENT_END_EVENT: self = .documentEnd
        case YAML_ALIAS_EVENT: self = .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.value == nil ? 0 : scalar.length)
            self = .scalar(
                String(decoding: bytes, as: UTF8.self), Event.Style(scalar.style), anchor: text(scalar.anchor),
                tag: text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            self = .sequenceStart(
                isFlow: sequence.style == YAML_FLOW_SEQUENCE_STYLE, anchor: text(sequence.anchor),
                tag: text(sequence.tag))
        case YAML_SEQUENCE_END_EVENT: self = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            self = .mappingStart(
                isFlow: mapping.style == YAML_FLOW_MAPPING_STYLE, anchor: text(mapping.anchor), tag: text(mapping.tag))
        case YAML_MAPPING_END_EVENT: self = .mappingEnd
        default: return nil
        }
    }
}

extension Event.Style {
    init(_ style: yaml_scalar_style_t) {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: self = .literal
        case YAML_FOLDED_SCALAR_STYLE: self = .folded
        default: self = .plain
        }
    }
}
