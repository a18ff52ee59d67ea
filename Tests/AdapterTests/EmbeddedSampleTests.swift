import AdapterKit
import Foundation
import Testing

/// The samples of the adapters are files; the program carries a copy of each.
@Suite struct EmbeddedSampleTests {
    private static let adapters = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/Adapters")

    private static func files(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path()).sorted()
    }

    /// The adapters of the program; Acme's samples are written in the test.
    private static let listed = AdapterList.all.filter { $0.name != Acme.spec.name }

    private static func folder(of adapter: Listed) throws -> URL {
        let folder = try files(in: adapters).first { $0.lowercased() == adapter.name }
        return adapters.appending(path: try #require(folder)).appending(path: "Samples")
    }

    @Test("every folder of an adapter belongs to an adapter that is tested")
    func folders() throws {
        #expect(try Self.files(in: Self.adapters).map { $0.lowercased() } == Self.listed.map(\.name).sorted())
    }

    @Test(
        "an adapter offers each file in its folder, byte for byte, and no other; if not: make samples",
        arguments: listed)
    func embedded(_ adapter: Listed) throws {
        let folder = try Self.folder(of: adapter)
        let files = try Self.files(in: folder)
        #expect(!files.isEmpty)
        #expect(adapter.spec.samples.map { "\($0.name).json" } == files)
        for sample in adapter.spec.samples {
            let file = try Data(contentsOf: folder.appending(path: "\(sample.name).json"))
            #expect(Data(sample.body.utf8) == file, "\(sample.name)")
        }
    }

    @Test("the sample whose event is named in a header comes with that header")
    func headers() throws {
        let sample = try #require(Self.listed.flatMap(\.spec.samples).first { $0.name == "endpoint-test" })
        #expect(sample.headers.map(\.name) == ["X-Webhook-Event"])
        #expect(sample.headers.map(\.value) == ["call.started"])
    }

    @Test("the list is written in the order of the files, so that it changes only where a file does")
    func order() throws {
        let list = Self.adapters.deletingLastPathComponent().appending(path: "Hub/C/CSamples/list.h")
        let lines = try String(contentsOf: list, encoding: .utf8).split(separator: "\n").filter {
            $0.hasPrefix("#embed")
        }
        let paths = lines.compactMap { $0.split(separator: "\"").dropFirst().first.map(String.init) }
        #expect(paths.count == Self.listed.map(\.spec.samples.count).reduce(0, +))
        #expect(paths == paths.sorted())
    }
}
