internal import CEvent
import Foundation

/// Writes answers out as bytes, one after the other into the same memory.
struct AnswerWriter {
    /// The answer made last.
    private(set) var bytes: [UInt8] = []
    private var date = ""
    private var dated = Int.min

    static let goOn: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// How the connection goes on after an answer, as the peer is told.
    enum Ending {
        case keepAlive
        /// Said only to HTTP/1.0, which does not expect it.
        case keepAliveAloud
        case close
    }

    /// Whether the owner wants the connection to end.
    static func asksToClose(_ reply: HTTPReply) -> Bool {
        reply.headers.contains {
            $0.name.utf8.count == 10 && isNamed($0.name, "connection") && isNamed($0.value, "close")
        }
    }

    mutating func make(_ reply: HTTPReply, toHead: Bool, _ ending: Ending) {
        // An interim status would leave the peer waiting for another.
        let status = (200...599).contains(reply.status) ? reply.status : 500
        bytes.removeAll(keepingCapacity: true)
        bytes.reserveCapacity(256 + reply.body.count)
        begin(status, reply.headers)
        let hasBody = status != 204 && status != 304
        if hasBody {
            append("Content-Length: ")
            append(reply.body.count)
            append("\r\n")
        }
        finish(ending)
        if hasBody, !toHead { bytes.append(contentsOf: reply.body) }
    }

    /// Makes the head of an answer whose body comes in pieces.
    mutating func makeHead(of reply: HTTPReply, isChunked: Bool, _ ending: Ending) {
        bytes.removeAll(keepingCapacity: true)
        begin((200...599).contains(reply.status) ? reply.status : 500, reply.headers)
        if isChunked { append("Transfer-Encoding: chunked\r\n") }
        finish(ending)
    }

    private mutating func begin(_ status: Int, _ headers: [(name: String, value: String)]) {
        append("HTTP/1.1 ")
        append(status)
        append(" ")
        append(HTTPReply.phrase(status))
        append("\r\nDate: ")
        append(date)
        append("\r\n")
        for (name, value) in headers where Self.mayBeSaid(name, value) {
            append(name)
            append(": ")
            append(value)
            append("\r\n")
        }
    }

    private mutating func finish(_ ending: Ending) {
        switch ending {
        case .keepAlive: append("\r\n")
        case .keepAliveAloud: append("Connection: keep-alive\r\n\r\n")
        case .close: append("Connection: close\r\n\r\n")
        }
    }

    /// Gives the memory away, for an answer that could not be sent at once.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// Framing is the server's business, and a line break in a header would begin another.
    private static func mayBeSaid(_ name: String, _ value: String) -> Bool {
        switch name.utf8.count {
        case 0: return false
        case 10 where isNamed(name, "connection"): return false
        case 14 where isNamed(name, "content-length"): return false
        case 17 where isNamed(name, "transfer-encoding"): return false
        case 4 where isNamed(name, "date"): return false
        default: break
        }
        return !name.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: ":") || $0 == 0x7F }
            && !value.utf8.contains { $0 == Byte.cr || $0 == Byte.lf || $0 == 0 }
    }

    private static func isNamed(_ text: String, _ lower: StaticString) -> Bool {
        text.utf8.count == lower.utf8CodeUnitCount
            && zip(text.utf8, 0...).allSatisfy {
                ($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0) == lower.utf8Start[$1]
            }
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func append(_ number: Int) {
        if number >= 10 { append(number / 10) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    // MARK: Date

    /// Tells the time, in seconds since 1970, that answers carry from now on.
    mutating func setTime(_ seconds: Int) {
        guard seconds != dated else { return }
        dated = seconds
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        date =
            "\(Self.days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(Self.months[Int(parts.tm_mon)]) "
            + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
