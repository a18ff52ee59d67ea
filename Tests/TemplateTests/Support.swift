import Foundation
import HubModel
import HubTemplates

/// The folder of the cases beside this file.
let casesFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")

func lines(of name: String) throws -> [JSON] {
    let bytes = Array(try Data(contentsOf: casesFolder.appending(path: name)))
    return try bytes.split(separator: 10).map { try JSON(parsing: Array($0)) }
}

func text(
    _ source: String, _ context: JSON = [:], _ set: (inout TemplateOptions) -> Void = { _ in }
) throws(TemplateError) -> String {
    var options = TemplateOptions()
    set(&options)
    let bytes = try Template.compile(source, options: options).render(.object(context.object ?? JSONObject()))
    return String(decoding: bytes, as: UTF8.self)
}

/// What the template gives in the mode of `adapters.yaml`: the text or the whole error.
func hub(_ source: String, _ context: JSON = [:]) -> String {
    do throws(TemplateError) { return try text(source, context) { $0.undefined = .hub } } catch {
        return error.description
    }
}

/// A generator whose numbers are the same at every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
