/// Splits a template's source into text and the tokens inside tags.
///
/// The source is normalised first (CRLF and CR become LF, one final newline goes), and `origin` leads back to the bytes as
/// they were given. The first mistake becomes the last token, so the parser reports whichever mistake comes first.
struct Lexer {
    struct Token {
        enum Kind: Equatable {
            case text, verbatim
            case outputBegin, outputEnd, tagBegin, tagEnd
            case name, string, integer, float, op
            case end
            case bad(String)
        }

        var kind: Kind
        /// The name, the operator, the digits or the value of the string; the text itself for text.
        var text: String
        var span: Span
        var line: Int
    }

    private let bytes: [UInt8]
    /// Normalised offsets after which a removed CR shifts everything by one more.
    private let removed: [Int]
    private let literals: [LiteralText]
    private let options: TemplateOptions
    private var at = 0
    private var line = 1
    private var counted = 0
    private var nextLiteral = 0
    private(set) var tokens: [Token] = []

    init(_ source: [UInt8], options: TemplateOptions) {
        self.options = options
        var normal: [UInt8] = []
        var removed: [Int] = []
        if source.contains(13) {
            normal.reserveCapacity(source.count)
            for (n, byte) in source.enumerated() {
                if byte == 13 {
                    if n + 1 < source.count, source[n + 1] == 10 {
                        removed.append(normal.count)
                    } else {
                        normal.append(10)
                    }
                } else {
                    normal.append(byte)
                }
            }
        } else {
            normal = source
        }
        if !options.keepTrailingNewline, normal.last == 10 { normal.removeLast() }
        bytes = normal
        self.removed = removed
        literals = options.literals.map { literal in
            let before = removed.isEmpty ? 0 : source[0..<min(literal.offset, source.count)].count { $0 == 13 }
            return removed.isEmpty
                ? literal
                : LiteralText(
                    offset: literal.offset - min(before, removed.count { $0 < literal.offset }), length: literal.length,
                    text: literal.text)
        }
    }

    /// The offset in the source as it was given.
    func origin(_ offset: Int) -> Int {
        if removed.isEmpty { return offset }
        var low = 0
        var high = removed.count
        while low < high {
            let middle = (low + high) / 2
            if removed[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return offset + low
    }

    private mutating func lineNumber(at offset: Int) -> Int {
        while counted < offset {
            if bytes[counted] == 10 { line += 1 }
            counted += 1
        }
        return line
    }

    private mutating func add(_ kind: Token.Kind, _ text: String, _ start: Int, _ end: Int) {
        let line = lineNumber(at: start)
        tokens.append(Token(kind: kind, text: text, span: Span(origin(start), origin(end)), line: line))
    }

    private mutating func fail(_ message: String, _ start: Int, _ end: Int) {
        add(.bad(message), "", start, end)
        at = bytes.count
    }

    private func starts(_ text: String, _ offset: Int) -> Bool {
        var at = offset
        for byte in text.utf8 {
            guard at < bytes.count, bytes[at] == byte else { return false }
            at += 1
        }
        return true
    }

    private func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    private static func blank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

    private func skippingBlanks(_ offset: Int) -> Int {
        var offset = offset
        while offset < bytes.count, Self.blank(bytes[offset]) { offset += 1 }
        return offset
    }

    /// Everything: text and tags to the end of the source.
    mutating func run() -> [Token] {
        var lineStarting = true
        while at < bytes.count || nextLiteral < literals.count {
            let start = at
            var textStart = at
            // Find the next tag; literal stretches in between become verbatim text.
            var tag: Int?
            var scan = at
            while scan < bytes.count {
                if nextLiteral < literals.count, scan >= literals[nextLiteral].offset {
                    let literal = literals[nextLiteral]
                    if literal.offset < scan {
                        fail(
                            "a value such as ${env:X} may stand only in text, not inside a tag", literal.offset,
                            literal.offset + literal.length)
                        tokens.append(end())
                        return tokens
                    }
                    if scan > textStart { addText(textStart, scan) }
                    add(.verbatim, literal.text, scan, scan + literal.length)
                    scan += literal.length
                    textStart = scan
                    nextLiteral += 1
                    lineStarting = false
                    continue
                }
                if bytes[scan] == 123, scan + 1 < bytes.count {
                    let next = bytes[scan + 1]
                    if next == 123 || next == 37 || next == 35 {
                        tag = scan
                        break
                    }
                }
                scan += 1
            }
            guard let tag else {
                if nextLiteral < literals.count, literals[nextLiteral].offset >= bytes.count {
                    if bytes.count > textStart { addText(textStart, bytes.count) }
                    add(.verbatim, literals[nextLiteral].text, bytes.count, bytes.count)
                    nextLiteral += 1
                    textStart = bytes.count
                }
                if bytes.count > textStart { addText(textStart, bytes.count) }
                at = bytes.count
                if nextLiteral < literals.count { continue }
                break
            }
            let kind = byte(tag + 1)
            let sign = byte(tag + 2)
            let begin = sign == 45 || sign == 43 ? tag + 3 : tag + 2
            // Whitespace before the tag.
            var textEnd = tag
            if sign == 45 {
                while textEnd > textStart, trailingBlank(textStart, textEnd) > 0 {
                    textEnd -= trailingBlank(textStart, textEnd)
                }
            } else if sign != 43, options.lstripBlocks, kind != 123 {
                var lineStart = textEnd
                while lineStart > textStart, bytes[lineStart - 1] != 10 { lineStart -= 1 }
                if lineStart > textStart || (lineStarting && textStart == start) {
                    if textEnd > lineStart, bytes[lineStart..<textEnd].allSatisfy(Self.blank) { textEnd = lineStart }
                }
            }
            if textEnd > textStart { addText(textStart, textEnd) }
            at = begin
            switch kind {
            case 35: comment(from: tag, begin)
            case 123: inside(tag, begin, output: true)
            default:
                let word = skippingBlanks(begin)
                let after = skippingBlanks(word + 3)
                if starts("raw", word), starts("%}", after) || starts("-%}", after) {
                    raw(from: tag, after: starts("-%}", after) ? skippingBlanks(after + 3) : after + 2)
                } else {
                    inside(tag, begin, output: false)
                }
            }
            if case .bad? = tokens.last?.kind {
                break
            }
            lineStarting = at > 0 && bytes[at - 1] == 10
        }
        tokens.append(end())
        return tokens
    }

    private mutating func end() -> Token {
        let line = tokens.last?.line ?? 1
        let offset = origin(bytes.count)
        return Token(kind: .end, text: "", span: Span(offset, offset), line: line)
    }

    private mutating func addText(_ start: Int, _ end: Int) {
        add(.text, String(decoding: bytes[start..<end], as: UTF8.self), start, end)
    }

    /// The width of the blank that ends at `end`: ASCII or one of Unicode's.
    private func trailingBlank(_ start: Int, _ end: Int) -> Int {
        let last = bytes[end - 1]
        if last < 128 { return Self.blank(last) || (last >= 28 && last <= 31) ? 1 : 0 }
        var first = end - 1
        while first > start, bytes[first] & 0xC0 == 0x80 { first -= 1 }
        let scalars = String(decoding: bytes[first..<end], as: UTF8.self).unicodeScalars
        guard scalars.count == 1, let scalar = scalars.first, scalar.properties.isWhitespace else { return 0 }
        return end - first
    }

    private mutating func skipLiterals(upTo offset: Int) -> Bool {
        guard nextLiteral < literals.count, literals[nextLiteral].offset < offset else { return true }
        let literal = literals[nextLiteral]
        fail(
            "a value such as ${env:X} may stand only in text, not inside a tag", literal.offset,
            min(bytes.count, literal.offset + literal.length))
        return false
    }

    private mutating func comment(from start: Int, _ begin: Int) {
        var scan = begin
        while scan < bytes.count {
            if starts("#}", scan) {
                let before = scan > begin ? bytes[scan - 1] : 0
                guard skipLiterals(upTo: scan) else { return }
                at = scan + 2
                if before == 45 { at = skippingBlanks(at) } else if before != 43 { trimNewline() }
                return
            }
            scan += 1
        }
        // As in Jinja, an opening mark at the very end is ignored.
        if begin >= bytes.count { return at = bytes.count }
        fail("this comment is never closed: expected #}", start, min(start + 2, bytes.count))
    }

    private mutating func trimNewline() {
        if options.trimBlocks, byte(at) == 10, at < bytes.count { at += 1 }
    }

    private mutating func raw(from start: Int, after: Int) {
        var scan = after
        while scan < bytes.count {
            if starts("{%", scan) {
                let sign = byte(scan + 2)
                let word = skippingBlanks(sign == 45 || sign == 43 ? scan + 3 : scan + 2)
                let close = skippingBlanks(word + 6)
                if starts("endraw", word), starts("%}", close) || starts("-%}", close) || starts("+%}", close) {
                    guard skipLiterals(upTo: scan) else { return }
                    var textEnd = scan
                    if sign == 45 {
                        while textEnd > after, trailingBlank(after, textEnd) > 0 {
                            textEnd -= trailingBlank(after, textEnd)
                        }
                    } else if sign != 43, options.lstripBlocks {
                        var lineStart = textEnd
                        while lineStart > after, bytes[lineStart - 1] != 10 { lineStart -= 1 }
                        if lineStart > after, textEnd > lineStart, bytes[lineStart..<textEnd].allSatisfy(Self.blank) {
                            textEnd = lineStart
                        }
                    }
                    if textEnd > after { addText(after, textEnd) }
                    switch byte(close) {
                    case 45: at = skippingBlanks(close + 3)
                    case 43: at = close + 3
                    default:
                        at = close + 2
                        trimNewline()
                    }
                    return
                }
            }
            scan += 1
        }
        if after >= bytes.count { return at = bytes.count }
        add(.bad("this raw block is never closed: expected {% endraw %}"), "", start, min(start + 2, bytes.count))
        tokens[tokens.count - 1].line = lineNumber(at: min(after, bytes.count))
        at = bytes.count
    }

    /// The tokens of one tag, up to and with its end.
    private mutating func inside(_ start: Int, _ begin: Int, output: Bool) {
        add(output ? .outputBegin : .tagBegin, "", start, begin)
        var brackets: [UInt8] = []
        while true {
            at = skippingBlanks(at)
            guard skipLiterals(upTo: at + 1) else { return }
            guard at < bytes.count else { return }
            let byte = bytes[at]
            if brackets.isEmpty {
                let signed = byte == 45 || (byte == 43 && !output)
                let close = signed ? at + 1 : at
                if starts(output ? "}}" : "%}", close) {
                    add(output ? .outputEnd : .tagEnd, "", at, close + 2)
                    at = close + 2
                    if byte == 45 { at = skippingBlanks(at) } else if !output, byte != 43 { trimNewline() }
                    return
                }
            }
            if byte >= 48, byte <= 57 {
                number()
            } else if byte == 34 || byte == 39 {
                guard string(byte) else { return }
            } else if byte == 95 || (byte | 32 >= 97 && byte | 32 <= 122) || byte >= 128 {
                guard name() else { return }
            } else {
                guard symbol(byte, &brackets) else { return }
            }
        }
    }

    private mutating func symbol(_ byte: UInt8, _ brackets: inout [UInt8]) -> Bool {
        let two = ["//", "**", "==", "!=", ">=", "<="]
        if at + 1 < bytes.count {
            let pair = String(decoding: bytes[at...(at + 1)], as: UTF8.self)
            if two.contains(pair) {
                add(.op, pair, at, at + 2)
                at += 2
                return true
            }
        }
        let text = String(UnicodeScalar(byte))
        guard "+-/*%~[](){}=><.:|,;".unicodeScalars.contains(UnicodeScalar(byte)) else {
            fail("unexpected character \(byte < 32 || byte == 127 ? "with code \(byte)" : "\"\(text)\"")", at, at + 1)
            return false
        }
        switch byte {
        case 40: brackets.append(41)
        case 91: brackets.append(93)
        case 123: brackets.append(125)
        case 41, 93, 125:
            guard let expected = brackets.popLast() else {
                fail("unexpected \"\(text)\": nothing is open that it could close", at, at + 1)
                return false
            }
            guard expected == byte else {
                fail("unexpected \"\(text)\", expected \"\(String(UnicodeScalar(expected)))\"", at, at + 1)
                return false
            }
        default: break
        }
        add(.op, text, at, at + 1)
        at += 1
        return true
    }

    private mutating func name() -> Bool {
        let start = at
        var ascii = true
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 95 || (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) {
                at += 1
            } else if byte >= 128 {
                var end = at + 1
                while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
                let scalars = String(decoding: bytes[at..<end], as: UTF8.self).unicodeScalars
                guard scalars.count == 1, let scalar = scalars.first, scalar.properties.isXIDContinue else { break }
                ascii = false
                at = end
            } else {
                break
            }
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if at == start || (!ascii && !(text.unicodeScalars.first?.properties.isXIDStart ?? false)) {
            var end = max(start + 1, at)
            while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
            let shown = String(decoding: bytes[start..<end], as: UTF8.self)
            fail("unexpected character \"\(shown)\"", start, end)
            return false
        }
        add(.name, text, start, at)
        return true
    }

    /// Digits of a base with single underscores between them; nil when there are none at `offset`.
    private func digits(_ offset: Int, leadingUnderscore: Bool = false, _ accepts: (UInt8) -> Bool) -> Int? {
        var end = offset
        var last = offset
        while end < bytes.count {
            if accepts(bytes[end]) {
                end += 1
                last = end
            } else if bytes[end] == 95, end > offset || leadingUnderscore, end + 1 < bytes.count,
                accepts(bytes[end + 1])
            {
                end += 1
            } else {
                break
            }
        }
        return last > offset ? last : nil
    }

    private static func decimal(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    private mutating func number() {
        let start = at
        let afterDot = start > 0 && bytes[start - 1] == 46
        if !afterDot, let whole = digits(start, Self.decimal) {
            var end = whole
            var isFloat = false
            if byte(end) == 46, let fraction = digits(end + 1, Self.decimal) {
                end = fraction
                isFloat = true
            }
            if byte(end) | 32 == 101 {
                let sign = byte(end + 1)
                if let exponent = digits(sign == 43 || sign == 45 ? end + 2 : end + 1, Self.decimal) {
                    end = exponent
                    isFloat = true
                }
            }
            if isFloat {
                add(.float, String(decoding: bytes[start..<end].filter { $0 != 95 }, as: UTF8.self), start, end)
                at = end
                return
            }
        }
        var end = start + 1
        if byte(start) == 48 {
            let base = byte(start + 1) | 32
            let found: Int? =
                switch base {
                case 98: digits(start + 2, leadingUnderscore: true) { $0 == 48 || $0 == 49 }
                case 111: digits(start + 2, leadingUnderscore: true) { $0 >= 48 && $0 <= 55 }
                case 120:
                    digits(start + 2, leadingUnderscore: true) {
                        ($0 >= 48 && $0 <= 57) || ($0 | 32 >= 97 && $0 | 32 <= 102)
                    }
                default: nil
                }
            end = found ?? digits(start) { $0 == 48 } ?? start + 1
        } else {
            end = digits(start, Self.decimal) ?? start + 1
        }
        add(.integer, String(decoding: bytes[start..<end].filter { $0 != 95 }, as: UTF8.self), start, end)
        at = end
    }

    private mutating func string(_ quote: UInt8) -> Bool {
        let start = at
        var scan = at + 1
        var escaped = false
        while scan < bytes.count, bytes[scan] != quote {
            if bytes[scan] == 92 {
                escaped = true
                scan += 1
            }
            scan += 1
        }
        guard scan < bytes.count else {
            fail("this string is never closed: expected \(String(UnicodeScalar(quote)))", start, start + 1)
            return false
        }
        guard skipLiterals(upTo: scan) else { return false }
        let body = bytes[(start + 1)..<scan]
        if !escaped {
            add(.string, String(decoding: body, as: UTF8.self), start, scan + 1)
        } else {
            guard let text = unescape(body) else {
                fail("an escape in this string is not complete or not a character", start, scan + 1)
                return false
            }
            add(.string, text, start, scan + 1)
        }
        at = scan + 1
        return true
    }

    /// Python's escapes; an unknown one keeps its backslash. Nil for an escape that names no character.
    private func unescape(_ body: ArraySlice<UInt8>) -> String? {
        var out: [UInt8] = []
        var n = body.startIndex
        var high: UInt32?
        func append(_ value: UInt32) -> Bool {
            if value >= 0xD800, value < 0xDC00 {
                guard high == nil else { return false }
                high = value
                return true
            }
            var value = value
            if value >= 0xDC00, value < 0xE000 {
                guard let first = high else { return false }
                value = 0x10000 + (first - 0xD800) << 10 + (value - 0xDC00)
                high = nil
            }
            guard high == nil, let scalar = UnicodeScalar(value) else { return false }
            out.append(contentsOf: Array(String(scalar).utf8))
            return true
        }
        while n < body.endIndex {
            let byte = body[n]
            guard byte == 92 else {
                guard high == nil else { return nil }
                out.append(byte)
                n += 1
                continue
            }
            n += 1
            guard n < body.endIndex else { return nil }
            let code = body[n]
            n += 1
            var width = 0
            switch code {
            case 10: continue
            case 92, 39, 34: out.append(code)
            case 97: out.append(7)
            case 98: out.append(8)
            case 102: out.append(12)
            case 110: out.append(10)
            case 114: out.append(13)
            case 116: out.append(9)
            case 118: out.append(11)
            case 48...55:
                var value = UInt32(code - 48)
                var count = 1
                while count < 3, n < body.endIndex, body[n] >= 48, body[n] <= 55 {
                    value = value * 8 + UInt32(body[n] - 48)
                    n += 1
                    count += 1
                }
                guard append(value) else { return nil }
            case 120: width = 2
            case 117: width = 4
            case 85: width = 8
            case 78: return nil
            default:
                guard high == nil else { return nil }
                out.append(92)
                out.append(code)
            }
            if width > 0 {
                guard n + width <= body.endIndex,
                    let value = UInt32(String(decoding: body[n..<(n + width)], as: UTF8.self), radix: 16),
                    body[n] != 43, body[n] != 45
                else { return nil }
                n += width
                guard append(value) else { return nil }
            }
        }
        return high == nil ? String(decoding: out, as: UTF8.self) : nil
    }
}
