package import AdapterKit
package import Foundation
package import HubIngress
package import HubModel

/// A payload to try a configuration with, and the headers that go with it.
package struct TrialPayload: Sendable {
    /// There is no such file and no such sample.
    package struct Unknown: Error, CustomStringConvertible {
        package let description: String
    }

    package var body: [UInt8]
    package var headers: [(name: String, value: String)]

    package init(body: [UInt8], headers: [(name: String, value: String)] = []) {
        (self.body, self.headers) = (body, headers)
    }

    /// - Parameters:
    ///   - name: A file's path, or the name of one of the adapter's samples. `samples/voqo/call_ended.json` names a sample
    ///     too, so that the examples of the docs work anywhere.
    ///   - folder: Where relative paths begin; the working directory if nil.
    package init(named name: String, of source: Source, in folder: URL? = nil) throws(Unknown) {
        let path = folder.map { $0.appendingPathComponent(name).path } ?? name
        if FileManager.default.fileExists(atPath: path), let data = FileManager.default.contents(atPath: path) {
            self.init(body: Array(data))
            return
        }
        let samples = source.spec.samples
        let short =
            name.split(separator: "/").last.map { $0.hasSuffix(".json") ? String($0.dropLast(5)) : String($0) } ?? name
        guard let sample = samples.first(where: { $0.name == name }) ?? samples.first(where: { $0.name == short })
        else {
            let guess = nearest(short, in: samples.map(\.name))
            let hint =
                guess.map { ". Did you mean \"\($0)\"?" }
                ?? "; `hub adapters \(source.spec.name)` lists the samples"
            throw Unknown(description: "there is neither a file nor a sample \"\(name)\"\(hint)")
        }
        self.init(body: Array(sample.body.utf8), headers: sample.headers)
    }

    /// The payload as the provider would send it, checked as the hub would check it.
    package func signed(for source: Source, at now: Timestamp) throws(ProofRefusal) -> VerifiedWebhook {
        var webhook = RawWebhook(
            method: source.spec.methods.first ?? "POST", target: source.path,
            headers: Headers([("Content-Type", "application/json")] + headers), body: body, receivedAt: now)
        webhook.headers.fields += source.adapter.proof.sign(webhook, at: now)
        return try source.adapter.proof.check(webhook, at: now, hiding: source.redaction)
    }
}
