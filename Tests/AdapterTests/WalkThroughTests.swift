import AdapterKit
import Foundation
import Testing

/// `docs/adding-an-adapter.md` shows the very code that is compiled here.
@Suite struct WalkThroughTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

    private static func page() throws -> String {
        let file = tests.deletingLastPathComponent().deletingLastPathComponent().appending(
            path: "docs/adding-an-adapter.md")
        return try String(contentsOf: file, encoding: .utf8)
    }

    @Test("the page's Swift, block after block, is the file Acme.swift")
    func code() throws {
        let page = try Self.page()
        let blocks = page.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        #expect(blocks.count == 4)
        let file = try String(contentsOf: Self.tests.appending(path: "Acme.swift"), encoding: .utf8)
        #expect(blocks.joined(separator: "\n\n") + "\n" == file)
    }

    @Test("what the page calls to be edited is there, and so is what it links to")
    func places() throws {
        let page = try Self.page()
        let root = Self.tests.deletingLastPathComponent().deletingLastPathComponent()
        func text(_ path: String) throws -> String {
            #expect(page.contains(path), "\(path)")
            return try String(contentsOf: root.appending(path: path), encoding: .utf8)
        }
        #expect(try text("Package.swift").contains("let adapters = ["))
        #expect(try text("Sources/Hub/CLI/Program.swift").contains("let modules: [any Adapter.Type] = ["))
        #expect(try text("Tests/AdapterTests/AdapterList.swift").contains("Listed(Acme.self, "))
        for match in page.matches(of: /\]\(([a-z-]+\.md)\)/) {
            #expect(
                FileManager.default.fileExists(atPath: root.appending(path: "docs/\(match.1)").path()), "\(match.1)")
        }
    }

    @Test("Acme's credential is not kept")
    func credential() throws {
        let sample = try #require(Acme.spec.samples.first)
        let (kept, changed) = Redaction(Acme.spec.credentials).apply(Array(sample.body.utf8))
        #expect(changed)
        #expect(!String(decoding: kept, as: UTF8.self).contains("sample-carrier-token"))
    }

    @Test(
        "a result decides how a call ended",
        arguments: [
            ("answered", CallStatus.completed, CallOutcome.completed), ("busy", .busy, .busy),
            ("unanswered", .noAnswer, .noAnswer), ("eaten by a grue", .unknown, .unknown),
        ])
    func results(text: String, status: CallStatus, outcome: CallOutcome) throws {
        let acme = try Workbench<Acme>("secret: sample-acme-secret")
        let call = try acme.call(#"{"event": "call.finished", "id": "e", "call": {"id": "c", "result": "\#(text)"}}"#)
        #expect(call.status == status)
        #expect(call.outcome == outcome)
        #expect(call.endedReason == text)
    }
}
