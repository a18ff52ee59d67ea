import Testing

@testable import EventLoop

@Suite("Heads of requests") struct HeadTests {
    @Test("a good head is read in order, with duplicates and blanks around values removed")
    func good() throws {
        let text =
            "POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nX-One:  1 \t\r\nX-Empty:\r\nx-one: zwei é\r\nContent-Length: 5\r\n\r\n"
        let expected = Feed.Seen(
            method: "POST", target: "/a/b?c=d", path: "/a/b",
            headers: ["Host: x", "X-One: 1", "X-Empty: ", "x-one: zwei é", "Content-Length: 5"],
            body: Array("hello".utf8), keepsAlive: true)
        #expect(Feed.outcomes(text + "hello") == [.request(expected)])
    }

    @Test("a head in pieces is incomplete until its last byte, wherever it is cut")
    func pieces() {
        let bytes = Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".utf8)
        let whole = Feed.outcomes([bytes[...]])
        #expect(whole.all.count == 1 && whole.isBetween)
        for cut in 1..<bytes.count {
            let start = Feed.outcomes([bytes[..<cut]])
            #expect(start.all.isEmpty && !start.isBetween)
            #expect(Feed.outcomes([bytes[..<cut], bytes[cut...]]).all == whole.all)
        }
    }

    /// Each form that two readers could take differently, with the status it is refused with.
    static let refused: [(String, Int)] = [
        ("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: x\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n: c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA\0: c\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: b\u{7F}\r\n\r\n", 400),
        ("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /é HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505),
        ("GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505),
        ("GET / http/1.1\r\nHost: x\r\n\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("post / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5 5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\t5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551621\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", 400),
        ("DELETE / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n" + String(repeating: "A: b\r\n", count: 20) + "\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "b", count: 5000) + "\r\n\r\n", 431),
        ("GET /" + String(repeating: "b", count: 5000), 431),
    ]

    @Test("whatever two readers could take differently is refused", arguments: refused)
    func doubtful(text: String, status: Int) {
        guard case .refused(let given, let reason)? = Feed.outcomes(text).first else {
            Issue.record("accepted: \(text.prefix(80))")
            return
        }
        #expect(given == status, "\(reason)")
        #expect(!reason.isEmpty)
    }

    @Test("the reference refuses them too, so that it can be trusted", arguments: refused)
    func reference(text: String, status: Int) {
        guard case .refused(status, _) = ReferenceHead.read(Array(text.utf8), maxBytes: 4096, maxHeaders: 20) else {
            Issue.record("accepted: \(text.prefix(80))")
            return
        }
    }

    @Test("any change of one byte is refused, incomplete, or changes nothing but what that byte says")
    func mutations() {
        let text = Array("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n01234567890".utf8)
        let head = text.count - 11
        let tools = Feed.tools
        for at in 0..<head {
            for byte in UInt8.min...UInt8.max where byte != text[at] {
                var changed = text
                changed[at] = byte
                guard case .request(let seen)? = Feed.outcomes([changed[...]], tools).all.first else { continue }
                #expect(seen.headers.count == 2)
                #expect(!seen.headers.contains { $0.utf8.contains(10) || $0.utf8.contains(13) })
                guard case .complete(let other, head) = ReferenceHead.read(changed, maxBytes: 4096, maxHeaders: 20)
                else {
                    Issue.record("the reference does not take byte \(byte) at \(at)")
                    continue
                }
                #expect(!other.isChunked)
                #expect(seen.body.count == other.bodyBytes ?? 0)
            }
        }
    }

    @Test("HTTP/1.0 needs no Host") func old() {
        guard case .request? = Feed.outcomes("GET / HTTP/1.0\r\n\r\n").first else {
            Issue.record("not complete")
            return
        }
    }
}
