import HubModel

/// The `Retry-After` header (RFC 9110 §10.2.3): seconds, or a date.
enum RetryAfter {
    /// The wait it asks for; a date in the past asks for none. Nil when it is neither form.
    static func wait(_ header: String, now: Timestamp) -> Duration? {
        let text = header.trimmingBlanks()
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            // More digits than any wait needs: as long as may be, without overflow.
            return .seconds(text.utf8.count > 9 ? 1_000_000_000 : Int64(text) ?? 0)
        }
        guard let date = date(text) else { return nil }
        return max(.zero, date - now)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that senders must use (IMF-fixdate).
    private static func date(_ text: Substring) -> Timestamp? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", words[1].utf8.count == 2,
            words[3].utf8.count == 4, let month = months.firstIndex(where: { $0 == words[2] })
        else { return nil }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(iso8601: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
