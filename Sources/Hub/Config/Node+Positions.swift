/// From a place in a scalar's value back to the place in the file, through quotes, escapes, folding and indentation.
///
/// Offsets are in bytes of `Scalar.source`, which is what template sources are compiled from; a template's error thus
/// points into the YAML file.
extension Node {
    public func position(ofByteOffset offset: Int) -> Position {
        span.source.position(at: fileOffset(of: offset))
    }

    public func span(ofBytes range: Range<Int>) -> Span {
        let start = fileOffset(of: range.lowerBound)
        // The end is after the last byte, not before the next: between them there may be a line break and indentation.
        let end = range.isEmpty ? start : fileOffset(of: range.upperBound - 1, isEnd: true)
        return Span(span.source, start..<max(start, end))
    }

    private func fileOffset(of offset: Int, isEnd: Bool = false) -> Int {
        guard let scalar else { return span.range.lowerBound }
        let bytes = span.source.bytes
        let written = span.range.clamped(to: 0..<bytes.count)
        let at: Range<Int>
        switch scalar.style {
        case .plain: at = ScalarWalk(bytes, written, .plain).place(of: offset)
        case .singleQuoted: at = ScalarWalk(bytes, written.inner, .single).place(of: offset)
        case .doubleQuoted: at = ScalarWalk(bytes, written.inner, .double).place(of: offset)
        case .literal: at = BlockWalk(bytes, written, scalar.source).literal(offset)
        case .folded: at = BlockWalk(bytes, written, scalar.source).folded(offset)
        }
        return isEnd ? at.upperBound : at.lowerBound
    }
}

extension Range<Int> {
    /// Without the quotes at both ends.
    fileprivate var inner: Range<Int> { count < 2 ? self : lowerBound + 1..<upperBound - 1 }
}

private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
private func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

/// Walks a plain or quoted scalar as it is written, counting the bytes of its value.
private struct ScalarWalk {
    enum Quotes { case plain, single, double }

    let bytes: [UInt8]
    let written: Range<Int>
    let quotes: Quotes

    init(_ bytes: [UInt8], _ written: Range<Int>, _ quotes: Quotes) {
        (self.bytes, self.written, self.quotes) = (bytes, written, quotes)
    }

    /// The written bytes that produce the value's byte `target`; the end when it is past the last.
    func place(of target: Int) -> Range<Int> {
        var at = written.lowerBound
        var value = 0
        while at < written.upperBound {
            let (length, stands) = step(at)
            if target < value + stands { return at..<at + length }
            at += length
            value += stands
        }
        return written.upperBound..<written.upperBound
    }

    /// How many bytes the next written piece has, and how many bytes of the value it produces.
    private func step(_ at: Int) -> (length: Int, stands: Int) {
        let byte = bytes[at]
        if isBlank(byte) || isBreak(byte) {
            let text = skip(at, while: isBlank)
            guard text < written.upperBound, isBreak(bytes[text]) else { return (1, 1) }
            return fold(from: at, breakAt: text, isEscaped: false)
        }
        if quotes == .single, byte == UInt8(ascii: "'") { return (min(2, written.upperBound - at), 1) }
        guard quotes == .double, byte == UInt8(ascii: "\\"), at + 1 < written.upperBound else { return (1, 1) }
        let escaped = bytes[at + 1]
        if isBreak(escaped) { return fold(from: at, breakAt: at + 1, isEscaped: true) }
        let digits: Int
        switch escaped {
        case UInt8(ascii: "x"): digits = 2
        case UInt8(ascii: "u"): digits = 4
        case UInt8(ascii: "U"): digits = 8
        case UInt8(ascii: "N"), UInt8(ascii: "_"): return (2, 2)
        case UInt8(ascii: "L"), UInt8(ascii: "P"): return (2, 3)
        default: return (2, 1)
        }
        let end = min(at + 2 + digits, written.upperBound)
        let code = UInt32(String(decoding: bytes[at + 2..<end], as: UTF8.self), radix: 16) ?? 0
        return (end - at, code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4)
    }

    /// A line's end with what follows it: one break is a blank, each further one a line feed.
    private func fold(from start: Int, breakAt: Int, isEscaped: Bool) -> (length: Int, stands: Int) {
        var at = breakAt
        var breaks = 0
        while at < written.upperBound {
            if isBlank(bytes[at]) {
                at += 1
            } else if isBreak(bytes[at]) {
                if bytes[at] == 0x0D, at + 1 < written.upperBound, bytes[at + 1] == 0x0A { at += 1 }
                at += 1
                breaks += 1
            } else {
                break
            }
        }
        return (at - start, isEscaped ? breaks - 1 : max(1, breaks - 1))
    }

    private func skip(_ at: Int, while condition: (UInt8) -> Bool) -> Int {
        var at = at
        while at < written.upperBound, condition(bytes[at]) { at += 1 }
        return at
    }
}

/// Finds places in a block scalar, after its header line.
private struct BlockWalk {
    let bytes: [UInt8]
    let content: Range<Int>
    let value: [UInt8]

    init(_ bytes: [UInt8], _ written: Range<Int>, _ value: String) {
        self.bytes = bytes
        self.value = Array(value.utf8)
        var start = written.lowerBound
        while start < written.upperBound, bytes[start] != 0x0A { start += 1 }
        content = min(start + 1, written.upperBound)..<written.upperBound
    }

    /// Line by line, after the indentation.
    func literal(_ target: Int) -> Range<Int> {
        let before = value.prefix(max(0, target))
        let line = before.count { $0 == 0x0A }
        let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
        var start = content.lowerBound
        for _ in 0..<line {
            while start < content.upperBound, bytes[start] != 0x0A { start += 1 }
            start = min(start + 1, content.upperBound)
        }
        var end = start
        while end < content.upperBound, !isBreak(bytes[end]) { end += 1 }
        let at = min(start + min(indentation, end - start) + column, end)
        return at..<min(at + 1, content.upperBound)
    }

    /// What the lines of the block have in front: the first line of text as written, less what the value keeps of it.
    private var indentation: Int {
        func leading(_ bytes: ArraySlice<UInt8>) -> Int {
            var count = 0
            for byte in bytes {
                if byte == 0x20 { count += 1 } else if isBreak(byte) { count = 0 } else { break }
            }
            return count
        }
        return max(0, leading(bytes[content]) - leading(value[...]))
    }

    /// Folding changes only blanks and line breaks, so the nth letter of the value is the nth letter that is written.
    func folded(_ target: Int) -> Range<Int> {
        func isLetter(_ byte: UInt8) -> Bool { !isBlank(byte) && !isBreak(byte) }
        let before = value.prefix(max(0, target))
        var letters = before.count(where: isLetter)
        let wantsLetter = target < value.count && target >= 0 && isLetter(value[target])
        var at = content.lowerBound
        if wantsLetter {
            while at < content.upperBound {
                if isLetter(bytes[at]) {
                    if letters == 0 { break }
                    letters -= 1
                }
                at += 1
            }
        } else {
            while at < content.upperBound, letters > 0 {
                if isLetter(bytes[at]) { letters -= 1 }
                at += 1
            }
            let blanks = before.reversed().prefix { !isLetter($0) }.count
            for _ in 0..<blanks where at < content.upperBound && !isBreak(bytes[at]) { at += 1 }
        }
        return at..<min(at + 1, content.upperBound)
    }
}
