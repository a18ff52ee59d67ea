import Testing

@testable import EventLoop

@Suite("Answers as bytes") struct AnswerTests {
    private func text(
        _ status: Int, _ headers: [(name: String, value: String)] = [], body: String = "", toHead: Bool = false,
        ending: AnswerWriter.Ending = .keepAlive
    ) -> String {
        var writer = AnswerWriter()
        writer.setTime(784_111_777)
        writer.make(
            HTTPReply(to: 1, status: status, headers: headers, body: Array(body.utf8)), toHead: toHead, ending)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    @Test("an answer is its status, date, headers, length and body") func whole() {
        #expect(
            text(202, [("Content-Type", "text/plain"), ("X-A", "")], body: "done")
                == "HTTP/1.1 202 Accepted\r\n\(date)Content-Type: text/plain\r\nX-A: \r\nContent-Length: 4\r\n\r\ndone")
        #expect(
            text(404, ending: .close)
                == "HTTP/1.1 404 Not Found\r\n\(date)Content-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(text(200, ending: .keepAliveAloud).hasSuffix("Content-Length: 0\r\nConnection: keep-alive\r\n\r\n"))
    }

    @Test("where there may be no body there is none") func bodiless() {
        #expect(text(200, body: "done", toHead: true).hasSuffix("Content-Length: 4\r\n\r\n"))
        for status in [204, 304] {
            #expect(!text(status, body: "done").contains("Content-Length"))
            #expect(text(status, body: "done").hasSuffix("GMT\r\n\r\n"))
        }
    }

    @Test("an owner cannot end a header early, nor say how the answer is framed")
    func injection() {
        let plain = text(200, body: "x")
        for (name, value) in [
            ("X-A", "b\r\nX-Evil: 1"), ("X-A", "b\nX-Evil: 1"), ("X-A", "b\0"), ("X-A: b\r\nX-Evil", "1"), ("", "b"),
            ("X A", "b"), ("Content-Length", "100"), ("content-length", "100"), ("Transfer-Encoding", "chunked"),
            ("Connection", "keep-alive"), ("Date", "today"),
        ] {
            #expect(text(200, [(name, value)], body: "x") == plain, "\(name)")
        }
    }

    @Test("a status that would leave the peer waiting is an error of ours", arguments: [0, 100, 101, 199, 600, -1])
    func statuses(status: Int) {
        #expect(text(status).hasPrefix("HTTP/1.1 500 Internal Server Error\r\n"))
    }
}
