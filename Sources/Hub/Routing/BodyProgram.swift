import HubModel
import HubTemplates

/// A body's tree, flattened: instructions that write its JSON from front to back into one buffer.
///
/// What is the same in every delivery is there as bytes. A value that may be followed by another one writes its comma
/// itself, and what closes an object or list takes the place of the last comma; so a value that is left out only has to
/// take back its name.
package struct BodyProgram: Sendable {
    enum Instruction: Sendable {
        /// Appends constant bytes, in which there are so many values of the tree.
        case bytes(Range<Int>, values: Int)
        /// A leaf that may be left out, with the bytes of the name before it.
        case path(EventPath, Expression, Place)
        case expression(Expression, Place)
        case text(Template, Place)
        /// Ends an object or list.
        case close(UInt8, Place)
        /// Runs the next instructions, so many of them, for each element of a list.
        case loop(Loop, length: Int)
        /// Begins and ends an object some of whose names are templates.
        case names, endOfNames
        /// A member of such an object; its value is made by the next instructions, so many of them.
        case member(Body.Name, length: Int)
    }

    /// What is around a value.
    struct Place: Sendable {
        /// Bytes to take back when the value is left out.
        var name = 0
        /// Whether a comma follows.
        var comma = false
    }

    struct Loop: Sendable {
        let list: Expression
        let condition: Expression?
    }

    private(set) var instructions: [Instruction] = []
    private(set) var constants: [UInt8] = []

    package init(_ tree: Body.Tree) { add(tree, Place()) }

    private mutating func add(_ tree: Body.Tree, _ place: Place) {
        switch tree {
        case .constant(let json):
            constant(values: 1) {
                json.encode(into: &$0)
            } after: {
                place.comma
            }
        case .path(let path, let expression): instructions.append(.path(path, expression, place))
        case .expression(let expression): instructions.append(.expression(expression, place))
        case .text(let template): instructions.append(.text(template, place))
        case .list(let items):
            constant(values: 1) { $0.append(UInt8(ascii: "[")) }
            for item in items { add(item, Place(comma: true)) }
            instructions.append(.close(UInt8(ascii: "]"), place))
        case .loop(let loop):
            constant(values: 1) { $0.append(UInt8(ascii: "[")) }
            let head = instructions.count
            instructions.append(.names)
            add(loop.element, Place(comma: true))
            instructions[head] = .loop(
                Loop(list: loop.list, condition: loop.condition), length: instructions.count - head - 1)
            instructions.append(.close(UInt8(ascii: "]"), place))
        case .object(let members):
            constant(values: 1) { $0.append(UInt8(ascii: "{")) }
            if members.contains(where: \.name.isTemplate) {
                instructions.append(.names)
                for (name, value) in members {
                    let head = instructions.count
                    instructions.append(.names)
                    add(value, Place())
                    instructions[head] = .member(name, length: instructions.count - head - 1)
                }
                instructions.append(.endOfNames)
            } else {
                for case (.constant(let name), let value) in members {
                    let before = constants.count
                    constant(values: 0) {
                        JSON.encode(name, into: &$0)
                        $0.append(UInt8(ascii: ":"))
                    }
                    add(value, Place(name: constants.count - before, comma: true))
                }
            }
            instructions.append(.close(UInt8(ascii: "}"), place))
        }
    }

    /// Adds constant bytes to those just before, if there are any.
    private mutating func constant(
        values: Int, _ write: (inout [UInt8]) -> Void, after comma: () -> Bool = { false }
    ) {
        let start = constants.count
        write(&constants)
        if comma() { constants.append(UInt8(ascii: ",")) }
        if case .bytes(let range, let before)? = instructions.last, range.upperBound == start {
            instructions[instructions.count - 1] = .bytes(range.lowerBound..<constants.count, values: before + values)
        } else {
            instructions.append(.bytes(start..<constants.count, values: values))
        }
    }
}

extension Body.Name {
    var isTemplate: Bool { if case .template = self { true } else { false } }
}
