internal import CCurl
import Foundation
import HTTPSyntax

/// A request's headers as the library wants them: a linked list, here in one block that the next request uses again.
struct HeaderList: ~Copyable {
    private var nodes = UnsafeMutablePointer<curl_slist>.allocate(capacity: 16)
    private var nodeRoom = 16
    private var text = UnsafeMutablePointer<CChar>.allocate(capacity: 1024)
    private var textRoom = 1024
    private var count = 0

    deinit {
        nodes.deallocate()
        text.deallocate()
    }

    /// The list's head; good until the next `fill`.
    var head: UnsafeMutablePointer<curl_slist> { nodes }

    /// Writes `headers`, and what keeps the library from adding some of its own. Says why they must not reach the wire.
    mutating func fill(_ headers: [(name: String, value: String)]) -> String? {
        makeRoom(for: headers)
        count = 0
        var end = text
        var hasContentType = false
        for (name, value) in headers {
            let start = end
            end = Self.append(name, to: end)
            let nameBytes = UnsafeRawBufferPointer(start: start, count: end - start)
            switch HeaderName.refusal(of: nameBytes) {
            case .malformed: return "a header name is not valid"
            case .reserved: return "the hub sets the header \(name) itself"
            case nil: break
            }
            if nameBytes.count == 12 {
                hasContentType = hasContentType || HeaderName.isEqual(nameBytes, "content-type")
            }
            if value.utf8.isEmpty {
                end[0] = CChar(UInt8(ascii: ";"))
                end += 1
            } else {
                end[0] = CChar(UInt8(ascii: ":"))
                end[1] = CChar(UInt8(ascii: " "))
                let from = end + 2
                end = Self.append(value, to: from)
                if RequestLine.breaksLine(UnsafeRawBufferPointer(start: from, count: end - from)) {
                    return "the header \(name) contains a line break or a NUL"
                }
            }
            end[0] = 0
            end += 1
            add(start)
        }
        add(end)
        end = Self.append("Expect:\0", to: end)
        if !hasContentType {
            // The library would call any body a form.
            add(end)
            end = Self.append("Content-Type:\0", to: end)
        }
        nodes[count - 1].next = nil
        return nil
    }

    private mutating func add(_ line: UnsafeMutablePointer<CChar>) {
        nodes[count] = curl_slist(data: line, next: nodes + count + 1)
        count += 1
    }

    private mutating func makeRoom(for headers: [(name: String, value: String)]) {
        // The two lines of our own, then a colon, a blank and a NUL for each.
        var bytes = 32
        for (name, value) in headers { bytes += name.utf8.count + value.utf8.count + 3 }
        if bytes > textRoom {
            text.deallocate()
            textRoom = bytes * 2
            text = .allocate(capacity: textRoom)
        }
        if headers.count + 2 > nodeRoom {
            nodes.deallocate()
            nodeRoom = headers.count * 2 + 2
            nodes = .allocate(capacity: nodeRoom)
        }
    }

    /// Copies the bytes of `text`; where they end.
    @inline(__always)
    private static func append(_ text: String, to start: UnsafeMutablePointer<CChar>) -> UnsafeMutablePointer<CChar> {
        let copied: Int? = text.utf8.withContiguousStorageIfAvailable { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            memcpy(start, base, bytes.count)
            return bytes.count
        }
        if let copied { return start + copied }
        var end = start
        for byte in text.utf8 {
            end[0] = CChar(bitPattern: byte)
            end += 1
        }
        return end
    }
}

/// Which bytes a line of a request may contain.
enum RequestLine {
    /// Whether there is a byte that ends a line, or the text itself.
    static func breaksLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Without leaving early, which lets the compiler look at many bytes at once.
        var isBroken = false
        for byte in bytes { isBroken = isBroken || byte == 0x0D || byte == 0x0A || byte == 0 }
        return isBroken
    }
}
