import HubModel
import HubTemplates

/// One run of a `BodyProgram`: the bytes so far, and what is left of what one body may take.
struct BodyWriter: ~Copyable {
    /// Twice the largest webhook, since a body may hold all of it and more.
    static let mostBytes = 16 * 1024 * 1024
    static let mostValues = 100_000

    private let program: BodyProgram
    private let view: EventView
    private let surroundings: Surroundings
    private var renderer: Renderer
    private var valuesLeft = Self.mostValues
    /// The names of the members so far, of each object around that has names from templates.
    private var names: [[String]] = []
    private(set) var bytes: [UInt8] = []

    init(_ program: BodyProgram, _ view: EventView, _ surroundings: Surroundings) {
        (self.program, self.view, self.surroundings) = (program, view, surroundings)
        renderer = Renderer(view.roots(surroundings))
        bytes.reserveCapacity(program.constants.count + 512)
    }

    /// Writes the whole body. Throws where a leaf fails.
    mutating func run() throws(TemplateError) {
        try run(0..<program.instructions.count)
        if bytes.isEmpty { throw .runtime("the whole body is omitted; leave the route out instead") }
    }

    private mutating func run(_ range: Range<Int>) throws(TemplateError) {
        var next = range.lowerBound
        while next < range.upperBound {
            let instruction = program.instructions[next]
            next += 1
            switch instruction {
            case .bytes(let part, let values):
                try spend(values)
                bytes.append(contentsOf: program.constants[part])
                try checkSize()
            case .path(let path, let expression, let place):
                try spend(1)
                if let value = view.value(at: path, surroundings) {
                    try write(value, place)
                } else {
                    try write(renderer.json(expression), place)
                }
            case .expression(let expression, let place):
                try spend(1)
                try write(renderer.json(expression), place)
            case .text(let template, let place):
                try spend(1)
                try renderer.render(template, appendingJSONTo: &bytes)
                try end(place)
            case .close(let bracket, let place):
                if bytes.last == UInt8(ascii: ",") { bytes.removeLast() }
                bytes.append(bracket)
                try end(place)
            case .loop(let loop, let length):
                try run(loop, next..<next + length)
                next += length
            case .names: names.append([])
            case .endOfNames: names.removeLast()
            case .member(let name, let length):
                try member(name, next..<next + length)
                next += length
            }
        }
    }

    private mutating func run(_ loop: BodyProgram.Loop, _ element: Range<Int>) throws(TemplateError) {
        guard let items = try renderer.json(loop.list)?.array else {
            throw .runtime("\"$for\" needs a list, which `\(loop.list.source.trimmingBlanks())` is not")
        }
        let around = renderer.locals.count
        for item in items {
            renderer.locals.append(item)
            if try loop.condition.map({ (condition) throws(TemplateError) in try renderer.holds(condition) }) ?? true {
                try run(element)
            }
            renderer.locals.removeLast(renderer.locals.count - around)
        }
    }

    /// A member of an object some of whose names are templates. The value is made first and then moved after its name: a
    /// value that is left out needs no name.
    private mutating func member(_ name: Body.Name, _ value: Range<Int>) throws(TemplateError) {
        let start = bytes.count
        try run(value)
        guard bytes.count > start else { return }
        let text: String
        switch name {
        case .constant(let name): text = name
        case .template(let template):
            text = try renderer.text(template)
            if names[names.count - 1].contains(text) { throw .runtime("two members are called \"\(text)\"") }
        }
        names[names.count - 1].append(text)
        let made = Array(bytes[start...])
        bytes.removeLast(made.count)
        JSON.encode(text, into: &bytes)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: made)
        bytes.append(UInt8(ascii: ","))
    }

    /// Nil leaves the value out, with its name.
    private mutating func write(_ value: JSON?, _ place: BodyProgram.Place) throws(TemplateError) {
        guard let value else { return bytes.removeLast(place.name) }
        value.encode(into: &bytes, limit: Self.mostBytes)
        try end(place)
    }

    private mutating func end(_ place: BodyProgram.Place) throws(TemplateError) {
        try checkSize()
        if place.comma { bytes.append(UInt8(ascii: ",")) }
    }

    private func checkSize() throws(TemplateError) {
        if bytes.count > Self.mostBytes {
            throw .limit("bytes of the body", used: bytes.count, allowed: Self.mostBytes)
        }
    }

    private mutating func spend(_ values: Int) throws(TemplateError) {
        valuesLeft -= values
        if valuesLeft < 0 {
            throw .limit("values in the body", used: Self.mostValues + 1, allowed: Self.mostValues)
        }
    }

    consuming func finish() -> [UInt8] { bytes }
}
