/// JSON values as stored records hold them: a tag with a small number in one byte, then what belongs to it.
///
/// Nothing is lost: the value that is read equals the one that was written. Times, the hub's own ids and objects whose
/// members are declared have short forms, used only where the same text or object comes out again.
enum StoredValue {
    /// What short forms refer to.
    struct Context {
        /// What the ids of this kind of record begin with.
        var prefix: String
        /// Times are kept as their distance from this one, in milliseconds.
        var time: Int64
    }

    /// The upper half of the first byte; its lower half is a length or count, or 15 when that follows as a varint.
    enum Tag: UInt8 {
        /// The number is 0 for null, 1 for false, 2 for true.
        case word = 0
        case int
        /// A number's text.
        case number
        case text
        case array
        /// A name and a value for each member.
        case object
        /// Milliseconds from the time of the context.
        case time
        /// The prefix of the context and this many bytes in hexadecimal.
        case id
        /// Bits that say which of the declared members are not null, and their values.
        case declared
    }

    // MARK: Writing

    static func put(_ value: JSON, members: [String], _ context: Context, into out: inout [UInt8]) {
        switch value {
        case .null: put(.word, 0, into: &out)
        case .bool(let value): put(.word, value ? 2 : 1, into: &out)
        case .int(let value): put(.int, zigzag(Int64(value)), into: &out)
        case .number(let number): put(.number, number.text, into: &out)
        case .string(let text):
            if text.utf8.count == Timestamp.textCount, let time = Timestamp(canonical: text) {
                put(.time, zigzag(time.milliseconds &- context.time), into: &out)
            } else if !putID(text, context, into: &out) {
                put(.text, text, into: &out)
            }
        case .array(let items):
            put(.array, UInt64(items.count), into: &out)
            for item in items { put(item, members: members, context, into: &out) }
        case .object(let object):
            if let bits = declaredBits(object, members) {
                put(.declared, bits, into: &out)
                for member in object.members where !member.value.isNull {
                    put(member.value, members: [], context, into: &out)
                }
                return
            }
            put(.object, UInt64(object.count), into: &out)
            for member in object.members {
                put(UInt64(member.name.utf8.count), into: &out)
                out.append(contentsOf: member.name.utf8)
                put(member.value, members: [], context, into: &out)
            }
        }
    }

    /// Which members are not null, when the object has exactly the declared members in their order.
    private static func declaredBits(_ object: JSONObject, _ members: [String]) -> UInt64? {
        guard !members.isEmpty, members.count <= 64, object.count == members.count else { return nil }
        var bits: UInt64 = 0
        for place in members.indices {
            let name = object.members[place].name
            // Declared names are ASCII, and what is canonically equivalent to ASCII is longer: so this is exact, and quick.
            guard name.utf8.count == members[place].utf8.count, name == members[place] else { return nil }
            if !object.members[place].value.isNull { bits |= 1 << UInt64(place) }
        }
        return bits
    }

    /// Short form of the prefix followed by lower-case hexadecimal digits; false when `text` is something else.
    private static func putID(_ text: String, _ context: Context, into out: inout [UInt8]) -> Bool {
        let digits = text.utf8.count - context.prefix.utf8.count
        // As many as the hub's ids have.
        guard digits == 32 else { return false }
        let (units, prefix) = (text.utf8Span.span, context.prefix.utf8Span.span)
        for place in 0..<prefix.count where units[place] != prefix[place] { return false }
        let start = out.count
        put(.id, UInt64(digits / 2), into: &out)
        var place = prefix.count
        while place < units.count {
            let (high, low) = (digit(units[place]), digit(units[place + 1]))
            guard high < 16, low < 16 else {
                out.removeSubrange(start...)
                return false
            }
            out.append(high << 4 | low)
            place += 2
        }
        return true
    }

    /// The value of a lower-case hexadecimal digit; 16 for anything else.
    @inline(__always)
    private static func digit(_ unit: UInt8) -> UInt8 {
        switch unit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): unit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): unit - UInt8(ascii: "a") + 10
        default: 16
        }
    }

    private static func put(_ tag: Tag, _ text: String, into out: inout [UInt8]) {
        put(tag, UInt64(text.utf8.count), into: &out)
        out.append(contentsOf: text.utf8)
    }

    private static func put(_ tag: Tag, _ number: UInt64, into out: inout [UInt8]) {
        if number < 15 {
            out.append(tag.rawValue << 4 | UInt8(number))
        } else {
            out.append(tag.rawValue << 4 | 15)
            put(number - 15, into: &out)
        }
    }

    /// Seven bits a byte, the lowest first; the top bit says that more follow.
    static func put(_ number: UInt64, into out: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(rest))
    }

    static func put(signed number: Int64, into out: inout [UInt8]) { put(zigzag(number), into: &out) }

    private static func zigzag(_ number: Int64) -> UInt64 { UInt64(bitPattern: (number << 1) ^ (number >> 63)) }

    // MARK: Reading

    /// Reads from a position onwards; nil means that the bytes are damaged.
    struct Reader {
        var at: Int

        mutating func byte(_ bytes: Span<UInt8>) -> UInt8? {
            guard at < bytes.count else { return nil }
            defer { at += 1 }
            return bytes[at]
        }

        mutating func number(_ bytes: Span<UInt8>) -> UInt64? {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while at < bytes.count {
                let byte = bytes[at]
                at += 1
                guard shift < 63 || byte < 2 else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            return nil
        }

        mutating func signed(_ bytes: Span<UInt8>) -> Int64? {
            number(bytes).map { Int64(bitPattern: $0 >> 1) ^ -Int64(bitPattern: $0 & 1) }
        }

        mutating func value(
            _ bytes: Span<UInt8>, members: [String], _ context: Context, depth: Int = 0
        ) -> JSON? {
            guard depth <= JSON.depthLimit + 1, let first = byte(bytes), let tag = Tag(rawValue: first >> 4) else {
                return nil
            }
            var small = UInt64(first & 15)
            if small == 15 {
                guard let more = number(bytes), more <= .max - 15 else { return nil }
                small += more
            }
            switch tag {
            case .word: return small == 0 ? .null : small == 1 ? .bool(false) : small == 2 ? .bool(true) : nil
            case .int: return .int(Int(unzigzag(small)))
            case .number: return text(bytes, small).map { .number(JSONNumber(validated: $0)) }
            case .text: return text(bytes, small).map(JSON.string)
            case .time:
                let time = Timestamp(milliseconds: context.time &+ unzigzag(small))
                return time.isWritable ? .string(time.description) : nil
            case .id: return id(bytes, small, context)
            case .array:
                guard let count = count(bytes, small) else { return nil }
                var items: [JSON] = []
                items.reserveCapacity(count)
                for _ in 0..<count {
                    guard let item = value(bytes, members: members, context, depth: depth + 1) else { return nil }
                    items.append(item)
                }
                return .array(items)
            case .object:
                guard let count = count(bytes, small) else { return nil }
                var found: [JSONObject.Member] = []
                found.reserveCapacity(count)
                for _ in 0..<count {
                    guard let length = number(bytes), let name = text(bytes, length),
                        let item = value(bytes, members: [], context, depth: depth + 1)
                    else { return nil }
                    found.append(JSONObject.Member(name, item))
                }
                return .object(JSONObject(found))
            case .declared:
                // Members that were declared later are null; one that is no longer declared has no name.
                guard members.count <= 64, members.count == 64 || small >> UInt64(members.count) == 0 else {
                    return skip(bytes, small, context, depth)
                }
                var found: [JSONObject.Member] = []
                found.reserveCapacity(members.count)
                for place in members.indices {
                    if small & (1 << UInt64(place)) == 0 {
                        found.append(JSONObject.Member(members[place], .null))
                        continue
                    }
                    guard let item = value(bytes, members: [], context, depth: depth + 1) else { return nil }
                    found.append(JSONObject.Member(members[place], item))
                }
                return .object(JSONObject(found))
            }
        }

        /// Passes over an object whose declaration is gone.
        private mutating func skip(_ bytes: Span<UInt8>, _ bits: UInt64, _ context: Context, _ depth: Int) -> JSON? {
            for _ in 0..<bits.nonzeroBitCount {
                if value(bytes, members: [], context, depth: depth + 1) == nil { return nil }
            }
            return .null
        }

        /// A count of things that take at least a byte each.
        private func count(_ bytes: Span<UInt8>, _ number: UInt64) -> Int? {
            number <= UInt64(bytes.count - at) ? Int(number) : nil
        }

        private mutating func text(_ bytes: Span<UInt8>, _ length: UInt64) -> String? {
            guard let length = count(bytes, length),
                let units = try? UTF8Span(validating: bytes.extracting(at..<at + length))
            else { return nil }
            at += length
            return String(copying: units)
        }

        private mutating func id(_ bytes: Span<UInt8>, _ length: UInt64, _ context: Context) -> JSON? {
            guard let length = count(bytes, length) else { return nil }
            func digit(_ value: UInt8) -> UInt8 {
                value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
            }
            var units: [UInt8] = []
            units.reserveCapacity(context.prefix.utf8.count + 2 * length)
            units.append(contentsOf: context.prefix.utf8)
            for place in at..<at + length {
                units.append(digit(bytes[place] >> 4))
                units.append(digit(bytes[place] & 15))
            }
            at += length
            return .string(String(decoding: units, as: UTF8.self))
        }

        private func unzigzag(_ number: UInt64) -> Int64 {
            Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
        }
    }
}
