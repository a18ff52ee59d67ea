import HubModel

enum JSONInput {
    static func run(_ bytes: [UInt8]) throws(Subject.Broken) {
        let json: JSON
        do throws(JSONError) { json = try JSON(parsing: bytes) } catch {
            if error.description.isEmpty { throw Subject.Broken("an error without words") }
            return
        }
        let written = json.encoded()
        guard String(validating: written, as: UTF8.self) != nil else {
            throw Subject.Broken("what was written is not UTF-8")
        }
        guard let again = try? JSON(parsing: written), again == json, again.encoded() == written else {
            throw Subject.Broken("what was written reads back as something else")
        }
    }
}
