/// HTML as far as filters have to read it: tags to remove and entities to resolve.
enum Markup {
    static func stripTags(_ text: String) -> String {
        var bytes = without(Array(text.utf8), from: Array("<!--".utf8), to: Array("-->".utf8))
        bytes = without(bytes, from: [60], to: [62])
        return unescape(Scalars.words(String(decoding: bytes, as: UTF8.self)).joined(separator: " "))
    }

    /// Removes every stretch between two marks; one that is never closed stays with all that follows.
    private static func without(_ bytes: [UInt8], from start: [UInt8], to end: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var at = 0
        while let open = Scalars.find(start, in: bytes, from: at) {
            guard let close = Scalars.find(end, in: bytes, from: open) else { break }
            out.append(contentsOf: bytes[at..<open])
            at = close + end.count
        }
        out.append(contentsOf: bytes[at...])
        return out
    }

    private static let named: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "copy": "\u{A9}",
        "reg": "\u{AE}",
        "trade": "\u{2122}", "euro": "\u{20AC}", "pound": "\u{A3}", "yen": "\u{A5}", "cent": "\u{A2}", "sect": "\u{A7}",
        "para": "\u{B6}", "deg": "\u{B0}", "middot": "\u{B7}", "bull": "\u{2022}", "hellip": "\u{2026}",
        "ndash": "\u{2013}", "mdash": "\u{2014}", "lsquo": "\u{2018}", "rsquo": "\u{2019}", "sbquo": "\u{201A}",
        "ldquo": "\u{201C}", "rdquo": "\u{201D}", "bdquo": "\u{201E}", "laquo": "\u{AB}", "raquo": "\u{BB}",
        "lsaquo": "\u{2039}", "rsaquo": "\u{203A}", "times": "\u{D7}", "divide": "\u{F7}", "plusmn": "\u{B1}",
        "frac12": "\u{BD}", "frac14": "\u{BC}", "frac34": "\u{BE}", "shy": "\u{AD}", "zwnj": "\u{200C}",
        "zwj": "\u{200D}",
        "ensp": "\u{2002}", "emsp": "\u{2003}", "thinsp": "\u{2009}", "larr": "\u{2190}", "uarr": "\u{2191}",
        "rarr": "\u{2192}", "darr": "\u{2193}", "harr": "\u{2194}", "hearts": "\u{2665}", "check": "\u{2713}",
        "auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "eacute": "é",
        "egrave": "è", "ecirc": "ê", "euml": "ë", "aacute": "á", "agrave": "à", "acirc": "â", "aring": "å",
        "atilde": "ã",
        "ccedil": "ç", "iacute": "í", "igrave": "ì", "icirc": "î", "iuml": "ï", "ntilde": "ñ", "oacute": "ó",
        "ograve": "ò", "ocirc": "ô", "otilde": "õ", "oslash": "ø", "uacute": "ú", "ugrave": "ù", "ucirc": "û",
        "aelig": "æ", "oelig": "œ", "yacute": "ý", "Eacute": "É", "Egrave": "È", "Aacute": "Á", "Agrave": "À",
        "Aring": "Å", "Ccedil": "Ç", "Ntilde": "Ñ", "Oacute": "Ó", "Oslash": "Ø", "Uacute": "Ú", "AElig": "Æ",
        "iexcl": "¡", "iquest": "¿", "ordf": "ª", "ordm": "º", "micro": "µ", "infin": "∞", "ne": "≠", "le": "≤",
        "ge": "≥",
        "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "pi": "π", "Omega": "Ω", "omega": "ω", "mu": "μ",
        "AMP": "&", "LT": "<", "GT": ">", "QUOT": "\"", "COPY": "\u{A9}", "REG": "\u{AE}",
    ]

    /// Resolves entities: all numbers, and the names that occur in text.
    static func unescape(_ text: String) -> String {
        guard text.utf8.contains(38) else { return text }
        let scalars = Scalars.array(text)
        var out: [UInt8] = []
        var n = 0
        while n < scalars.count {
            guard scalars[n] == "&" else {
                Scalars.append(scalars[n], to: &out)
                n += 1
                continue
            }
            var end = n + 1
            if end < scalars.count, scalars[end] == "#" { end += 1 }
            while end < scalars.count, end - n < 34, scalars[end].isASCII,
                scalars[end].properties.isAlphabetic || scalars[end].properties.numericType == .decimal
            { end += 1 }
            let body = Scalars.string(scalars[(n + 1)..<end])
            let closed = end < scalars.count && scalars[end] == ";"
            if body.hasPrefix("#"), let resolved = numeric(body.dropFirst()) {
                out.append(contentsOf: resolved.utf8)
                n = closed ? end + 1 : end
            } else if closed, let resolved = named[body] {
                out.append(contentsOf: resolved.utf8)
                n = end + 1
            } else if let prefix = ["amp", "lt", "gt", "quot", "nbsp", "copy", "reg"].first(where: {
                body.hasPrefix($0)
            }),
                let resolved = named[prefix]
            {
                out.append(contentsOf: resolved.utf8)
                n += 1 + prefix.utf8.count + (body.utf8.count == prefix.utf8.count && closed ? 1 : 0)
            } else {
                Scalars.append(scalars[n], to: &out)
                n += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func numeric(_ digits: Substring) -> String? {
        let number: UInt32?
        if let first = digits.first, first == "x" || first == "X" {
            number = UInt32(digits.dropFirst(), radix: 16)
        } else {
            number = UInt32(digits)
        }
        guard let number else { return nil }
        if number == 0 { return "\u{FFFD}" }
        return Unicode.Scalar(number).map { String($0) } ?? "\u{FFFD}"
    }
}
