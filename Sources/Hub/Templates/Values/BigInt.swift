/// An integer of any size, as far as templates need one: ids beyond 64 bits and products that leave them.
///
/// The machine bounds how many limbs a result may have before an operation allocates it.
package struct BigInt: Sendable, Hashable {
    /// Least significant first, without leading zeros; empty for zero.
    private(set) var limbs: [UInt32]
    package let negative: Bool

    private init(_ limbs: [UInt32], negative: Bool) {
        var limbs = limbs
        while limbs.last == 0 { limbs.removeLast() }
        self.limbs = limbs
        self.negative = negative && !limbs.isEmpty
    }

    package init(_ value: Int) {
        let magnitude = UInt64(value.magnitude)
        self.init([UInt32(truncatingIfNeeded: magnitude), UInt32(magnitude >> 32)], negative: value < 0)
    }

    /// The whole part of a number; zero for infinities and not-a-number, which have none.
    package init(truncating value: Double) {
        guard value.isFinite else {
            self.init(0)
            return
        }
        if let small = Int(exactly: value.rounded(.towardZero)) {
            self.init(small)
            return
        }
        let significand = UInt64(value.significandBitPattern) | (1 << 52)
        let shift = Int(value.exponent) - 52
        let base = BigInt([UInt32(truncatingIfNeeded: significand), UInt32(significand >> 32)], negative: value < 0)
        self = base.shifted(left: shift)
    }

    /// Most digits that are read: reading takes the square of their number. No integer of a template has more.
    private static let mostDigits = 20_000

    /// Decimal digits with an optional sign; nil for anything else, and for more digits than templates compute with.
    package init?(decimal text: String) {
        var digits = Array(text.utf8)
        var negative = false
        if let sign = digits.first, sign == 45 || sign == 43 {
            negative = sign == 45
            digits.removeFirst()
        }
        guard !digits.isEmpty, digits.count <= Self.mostDigits, digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else {
            return nil
        }
        var limbs: [UInt32] = []
        var at = 0
        while at < digits.count {
            let end = min(at + 9, digits.count)
            var chunk: UInt64 = 0
            var scale: UInt64 = 1
            for n in at..<end {
                chunk = chunk * 10 + UInt64(digits[n] - 48)
                scale *= 10
            }
            for n in limbs.indices {
                let wide = UInt64(limbs[n]) * scale + chunk
                limbs[n] = UInt32(truncatingIfNeeded: wide)
                chunk = wide >> 32
            }
            if chunk > 0 { limbs.append(UInt32(chunk)) }
            at = end
        }
        self.init(limbs, negative: negative)
    }

    package var isZero: Bool { limbs.isEmpty }
    package var isOdd: Bool { (limbs.first ?? 0) & 1 == 1 }
    package var bitCount: Int { limbs.isEmpty ? 0 : limbs.count * 32 - (limbs.last ?? 0).leadingZeroBitCount }

    /// The value as a machine word, if it fits.
    package var int: Int? {
        guard limbs.count <= 2 else { return nil }
        var magnitude: UInt64 = 0
        for (n, limb) in limbs.enumerated() { magnitude |= UInt64(limb) << (32 * UInt64(n)) }
        if negative { return magnitude <= UInt64(Int.max) + 1 ? Int(truncatingIfNeeded: 0 &- magnitude) : nil }
        return magnitude <= UInt64(Int.max) ? Int(magnitude) : nil
    }

    /// The nearest binary floating point; nil when it is beyond its range.
    package var double: Double? {
        let value = Double(description) ?? .infinity
        return value.isFinite ? value : nil
    }

    package static prefix func - (value: BigInt) -> BigInt { BigInt(value.limbs, negative: !value.negative) }

    package static func + (a: BigInt, b: BigInt) -> BigInt {
        if a.negative == b.negative { return BigInt(sum(a.limbs, b.limbs), negative: a.negative) }
        switch order(a.limbs, b.limbs) {
        case 0: return BigInt(0)
        case 1: return BigInt(difference(a.limbs, b.limbs), negative: a.negative)
        default: return BigInt(difference(b.limbs, a.limbs), negative: b.negative)
        }
    }

    package static func - (a: BigInt, b: BigInt) -> BigInt { a + -b }

    package static func * (a: BigInt, b: BigInt) -> BigInt {
        var product = [UInt32](repeating: 0, count: a.limbs.count + b.limbs.count)
        for (i, x) in a.limbs.enumerated() {
            var carry: UInt64 = 0
            for (j, y) in b.limbs.enumerated() {
                let wide = UInt64(x) * UInt64(y) + UInt64(product[i + j]) + carry
                product[i + j] = UInt32(truncatingIfNeeded: wide)
                carry = wide >> 32
            }
            product[i + b.limbs.count] = UInt32(carry)
        }
        return BigInt(product, negative: a.negative != b.negative)
    }

    /// Quotient rounded down and a remainder with the divisor's sign. The divisor must not be zero.
    package func dividedFloor(by divisor: BigInt) -> (quotient: BigInt, remainder: BigInt) {
        var (quotient, remainder) = Self.divide(limbs, divisor.limbs)
        guard negative != divisor.negative else {
            return (BigInt(quotient, negative: false), BigInt(remainder, negative: negative))
        }
        if !remainder.allSatisfy({ $0 == 0 }) {
            quotient = Self.sum(quotient, [1])
            remainder = Self.difference(divisor.limbs, remainder)
        }
        return (BigInt(quotient, negative: true), BigInt(remainder, negative: divisor.negative))
    }

    /// The power to a small exponent; the caller has bounded the size of the result.
    package func power(_ exponent: Int) -> BigInt {
        var (base, result, left) = (self, BigInt(1), exponent)
        while left > 0 {
            if left & 1 == 1 { result = result * base }
            left >>= 1
            if left > 0 { base = base * base }
        }
        return result
    }

    /// The value without its lowest bits, and how what was cut off compares with a half: -1, 0 or 1.
    package func rounded(cutting bits: Int) -> BigInt {
        guard bits > 0, bits <= limbs.count * 32 else {
            if bits <= 0 { return self }
            return BigInt(0)
        }
        func bit(_ n: Int) -> Bool { n / 32 < limbs.count && limbs[n / 32] >> UInt32(n % 32) & 1 == 1 }
        var kept: [UInt32] = []
        let shift = UInt64(bits % 32)
        for n in (bits / 32)..<max(bits / 32, limbs.count) {
            let low = UInt64(limbs[n])
            let high = n + 1 < limbs.count ? UInt64(limbs[n + 1]) : 0
            kept.append(UInt32(truncatingIfNeeded: (high << 32 | low) >> shift))
        }
        var result = BigInt(kept, negative: negative)
        let half = bit(bits - 1)
        var beyond = false
        if half { for n in 0..<(bits - 1) where bit(n) { beyond = true } }
        if half, beyond || result.isOdd { result = result + BigInt(negative ? -1 : 1) }
        return result
    }

    func shifted(left count: Int) -> BigInt {
        guard count > 0 else { return self }
        var result = [UInt32](repeating: 0, count: count / 32)
        let bits = UInt64(count % 32)
        var carry: UInt64 = 0
        for limb in limbs {
            let wide = UInt64(limb) << bits | carry
            result.append(UInt32(truncatingIfNeeded: wide))
            carry = wide >> 32
        }
        result.append(UInt32(carry))
        return BigInt(result, negative: negative)
    }

    private static func sum(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        var carry: UInt64 = 0
        for n in 0..<max(a.count, b.count) {
            let wide = UInt64(n < a.count ? a[n] : 0) + UInt64(n < b.count ? b[n] : 0) + carry
            result.append(UInt32(truncatingIfNeeded: wide))
            carry = wide >> 32
        }
        if carry > 0 { result.append(UInt32(carry)) }
        return result
    }

    /// `a - b` for a not less than b.
    private static func difference(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        var borrow: Int64 = 0
        for n in a.indices {
            var wide = Int64(a[n]) - Int64(n < b.count ? b[n] : 0) - borrow
            borrow = wide < 0 ? 1 : 0
            if wide < 0 { wide += 1 << 32 }
            result.append(UInt32(wide))
        }
        return result
    }

    private static func order(_ a: [UInt32], _ b: [UInt32]) -> Int {
        if a.count != b.count { return a.count < b.count ? -1 : 1 }
        for n in a.indices.reversed() where a[n] != b[n] { return a[n] < b[n] ? -1 : 1 }
        return 0
    }

    private static func divide(_ a: [UInt32], small: UInt32) -> ([UInt32], UInt32) {
        var quotient = a
        var remainder: UInt64 = 0
        for n in a.indices.reversed() {
            let wide = remainder << 32 | UInt64(a[n])
            quotient[n] = UInt32(wide / UInt64(small))
            remainder = wide % UInt64(small)
        }
        return (quotient, UInt32(remainder))
    }

    /// Schoolbook division by a divisor of two words or more, a word of the quotient at a time (Knuth's algorithm D).
    private static func divide(_ a: [UInt32], _ b: [UInt32]) -> ([UInt32], [UInt32]) {
        if b.count == 1 {
            let (quotient, remainder) = divide(a, small: b[0])
            return (quotient, remainder == 0 ? [] : [remainder])
        }
        if order(a, b) < 0 { return ([], a) }
        // With its highest bit set, the divisor's first two words are enough to guess a word of the quotient.
        let shift = UInt32((b.last ?? 1).leadingZeroBitCount)
        let divisor = Array(shifted(b, left: shift).dropLast())
        var rest = shifted(a, left: shift)
        let size = b.count
        let (high, next) = (UInt64(divisor[size - 1]), UInt64(divisor[size - 2]))
        var quotient = [UInt32](repeating: 0, count: a.count - size + 1)
        for at in stride(from: a.count - size, through: 0, by: -1) {
            let top = UInt64(rest[at + size]) << 32 | UInt64(rest[at + size - 1])
            var (guess, left) = top.quotientAndRemainder(dividingBy: high)
            while guess >> 32 != 0 || guess * next > left << 32 | UInt64(rest[at + size - 2]) {
                guess -= 1
                left += high
                if left >> 32 != 0 { break }
            }
            var carry: UInt64 = 0
            var borrow: Int64 = 0
            for n in 0..<size {
                let product = guess * UInt64(divisor[n]) + carry
                carry = product >> 32
                let wide = Int64(rest[at + n]) - borrow - Int64(product & 0xFFFF_FFFF)
                rest[at + n] = UInt32(truncatingIfNeeded: wide)
                borrow = wide < 0 ? 1 : 0
            }
            let wide = Int64(rest[at + size]) - borrow - Int64(carry)
            rest[at + size] = UInt32(truncatingIfNeeded: wide)
            if wide < 0 {
                // The guess was one too many, which is rare.
                guess -= 1
                var carry: UInt64 = 0
                for n in 0..<size {
                    let sum = UInt64(rest[at + n]) + UInt64(divisor[n]) + carry
                    rest[at + n] = UInt32(truncatingIfNeeded: sum)
                    carry = sum >> 32
                }
                rest[at + size] = rest[at + size] &+ UInt32(carry)
            }
            quotient[at] = UInt32(guess)
        }
        var remainder: [UInt32] = []
        for n in 0..<size {
            let wide = UInt64(rest[n + 1]) << 32 | UInt64(rest[n])
            remainder.append(UInt32(truncatingIfNeeded: wide >> UInt64(shift)))
        }
        while remainder.last == 0 { remainder.removeLast() }
        return (quotient, remainder)
    }

    /// Moved by fewer bits than a word has; always a word longer.
    private static func shifted(_ limbs: [UInt32], left bits: UInt32) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(limbs.count + 1)
        var carry: UInt64 = 0
        for limb in limbs {
            let wide = UInt64(limb) << UInt64(bits) | carry
            result.append(UInt32(truncatingIfNeeded: wide))
            carry = wide >> 32
        }
        result.append(UInt32(carry))
        return result
    }
}

extension BigInt: Comparable {
    package static func < (a: BigInt, b: BigInt) -> Bool {
        if a.negative != b.negative { return a.negative }
        let order = order(a.limbs, b.limbs)
        return a.negative ? order > 0 : order < 0
    }
}

extension BigInt: CustomStringConvertible {
    package var description: String {
        guard !isZero else { return "0" }
        var parts: [String] = []
        var left = limbs
        while !left.isEmpty {
            let (quotient, remainder) = Self.divide(left, small: 1_000_000_000)
            left = quotient
            while left.last == 0 { left.removeLast() }
            let digits = String(remainder)
            parts.append(left.isEmpty ? digits : String(repeating: "0", count: 9 - digits.utf8.count) + digits)
        }
        return (negative ? "-" : "") + parts.reversed().joined()
    }
}
