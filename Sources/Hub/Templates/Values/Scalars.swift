/// Strings by code points, as the language counts them: length, positions and slices, never grapheme clusters.
package enum Scalars {
    /// The number of code points, from the bytes alone.
    package static func count(_ text: String) -> Int {
        if text.utf8Span.isKnownASCII { return text.utf8.count }
        var count = 0
        for byte in text.utf8 where byte & 0xC0 != 0x80 { count += 1 }
        return count
    }

    package static func isASCII(_ text: String) -> Bool {
        if text.utf8Span.isKnownASCII { return true }
        for byte in text.utf8 where byte >= 128 { return false }
        return true
    }

    package static func array(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

    package static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scalars.underestimatedCount)
        for scalar in scalars { append(scalar, to: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends a code point in UTF-8: many times faster than a string's view of its scalars.
    @inline(__always)
    package static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        if scalar.isASCII {
            bytes.append(UInt8(scalar.value))
        } else if let code = UTF8.encode(scalar) {
            bytes.append(contentsOf: code)
        }
    }

    /// The first `count` code points.
    package static func prefix(_ text: String, _ count: Int) -> String {
        String(text.unicodeScalars.prefix(count))
    }

    /// Offset in bytes of the first occurrence of `part` at or after `start`; nil if there is none.
    package static func find(_ part: String, in text: String, from start: Int = 0) -> Int? {
        find(Array(part.utf8), in: Array(text.utf8), from: start)
    }

    package static func find(_ part: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
        guard let first = part.first else { return start <= text.count ? start : nil }
        guard part.count <= text.count else { return nil }
        if part.count > 16 { return findLong(part, in: text, from: start) }
        var at = start
        let last = text.count - part.count
        while at <= last {
            if text[at] == first {
                var n = 1
                while n < part.count, text[at + n] == part[n] { n += 1 }
                if n == part.count { return at }
            }
            at += 1
        }
        return nil
    }

    /// As `find`, in time that is linear also where text and part repeat themselves (Knuth, Morris and Pratt).
    private static func findLong(_ part: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        // How many bytes of the part still match when the one after so many does not.
        var shorter = [Int](repeating: 0, count: part.count)
        var length = 0
        for n in 1..<part.count {
            while length > 0, part[n] != part[length] { length = shorter[length - 1] }
            if part[n] == part[length] { length += 1 }
            shorter[n] = length
        }
        length = 0
        var at = start
        while at < text.count {
            while length > 0, text[at] != part[length] { length = shorter[length - 1] }
            if text[at] == part[length] { length += 1 }
            at += 1
            if length == part.count { return at - length }
        }
        return nil
    }

    /// What Python's `strip` removes.
    package static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 9...13, 28...32, 0x85, 0xA0: true
        case 0..<128: false
        default: scalar.properties.isWhitespace
        }
    }

    /// The text between blanks, or the characters in `set`, at both ends.
    package static func trim(_ text: String, _ set: String? = nil) -> String {
        if set == nil, let quick = ASCII.trimmed(text) { return quick }
        let scalars = array(text)
        let remove = set.map { Set($0.unicodeScalars) }
        func removed(_ scalar: Unicode.Scalar) -> Bool { remove?.contains(scalar) ?? isBlank(scalar) }
        var start = 0
        var end = scalars.count
        while start < end, removed(scalars[start]) { start += 1 }
        while end > start, removed(scalars[end - 1]) { end -= 1 }
        return start == 0 && end == scalars.count ? text : string(scalars[start..<end])
    }

    /// The words between blanks.
    package static func words(_ text: String) -> [String] {
        text.unicodeScalars.split(whereSeparator: isBlank).map { String($0) }
    }

    /// Lines as Python's `splitlines` finds them, with or without their ends.
    package static func lines(_ text: String, keepEnds: Bool = false) -> [String] {
        let scalars = array(text)
        var result: [String] = []
        var start = 0
        var n = 0
        while n < scalars.count {
            switch scalars[n].value {
            case 10...13, 28...30, 0x85, 0x2028, 0x2029:
                let end = scalars[n].value == 13 && n + 1 < scalars.count && scalars[n + 1].value == 10 ? n + 2 : n + 1
                result.append(string(scalars[start..<(keepEnds ? end : n)]))
                start = end
                n = end
            default: n += 1
            }
        }
        if start < scalars.count { result.append(string(scalars[start...])) }
        return result
    }
}
