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
