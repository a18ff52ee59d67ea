import Testing

@testable import EventLoop

@Suite("Deadlines") struct DeadlineTests {
    @Test("whoever entered first is late first, and nobody before the time") func order() {
        var list = Deadlines(.seconds(10))
        list.add(3, at: .seconds(1))
        list.add(0, at: .seconds(2))
        list.add(7, at: .seconds(2))
        #expect(list.takeLate(at: .seconds(10)) == nil)
        #expect(list.takeLate(at: .seconds(11)) == 3)
        #expect(list.takeLate(at: .seconds(11)) == nil)
        #expect(list.takeLate(at: .seconds(20)) == 0)
        #expect(list.takeLate(at: .seconds(20)) == 7)
        #expect(list.takeLate(at: .seconds(99)) == nil)
    }

    @Test("entering again is entering at the end, and leaving twice is leaving once") func again() {
        var list = Deadlines(.seconds(10))
        for slot in 0..<4 { list.add(slot, at: .seconds(slot)) }
        list.add(0, at: .seconds(5))
        list.remove(2)
        list.remove(2)
        list.remove(100)
        #expect((0..<4).map { _ in list.takeLate(at: .seconds(60)) } == [1, 3, 0, nil])
        list.add(2, at: .seconds(60))
        #expect(list.takeLate(at: .seconds(70)) == 2)
    }

    @Test("any order of coming and going keeps the order of entry") func model() {
        var list = Deadlines(.seconds(1))
        var model: [Int] = []
        var state: UInt64 = 42
        for time in 0..<5000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let slot = Int(state >> 40) % 20
            model.removeAll { $0 == slot }
            if state >> 60 < 9 {
                list.add(slot, at: .seconds(time))
                model.append(slot)
            } else {
                list.remove(slot)
            }
        }
        var left: [Int] = []
        while let slot = list.takeLate(at: .seconds(10_000)) { left.append(slot) }
        #expect(left == model && !model.isEmpty)
    }
}

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

@Suite("Strings that come again") struct StringCacheTests {
    @Test("a string is what its bytes say, whatever came before") func sameString() {
        var cache = StringCache()
        for round in 0..<2 {
            for number in 0..<2000 {
                // Some differ in the middle only, which the place in the cache does not tell apart.
                let text = "x-header-\(number)-of-this-test"
                var bytes = Array(text.utf8)
                #expect(bytes.withUnsafeMutableBytes { cache.string(UnsafeRawBufferPointer($0)) } == text, "\(round)")
            }
        }
    }

    @Test("what is not UTF-8 becomes a string like everywhere else") func broken() {
        var cache = StringCache()
        for length in [3, 20, 100] {
            let bytes = [UInt8](repeating: 0xFF, count: length)
            for _ in 0..<2 {
                #expect(bytes.withUnsafeBytes { cache.string($0) } == String(decoding: bytes, as: UTF8.self))
            }
        }
    }
}
