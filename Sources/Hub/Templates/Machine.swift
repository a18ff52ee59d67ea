import HubModel

/// Runs a compiled template. One machine makes one render; it is a value, so nothing is shared and nothing is locked.
///
/// Variables live in `locals`, the slots of the function that runs; the slots of the others wait in `frames`. Depth of
/// every kind is counted, so that no template can exhaust the stack.
package struct Machine {
    /// What an included template or a block sees of its surroundings.
    struct Context {
        /// Set at top level or passed on; later entries hide earlier ones.
        var vars: [(symbol: Int32, value: Value)] = []
        /// Imported without context: sees only the globals.
        var bare = false
        var blocks: [(name: String, versions: [BlockVersion])] = []
        var exported: [Int32] = []
        var autoescape: Bool
    }

    struct BlockVersion {
        var program: Program
        var function: Int
    }

    struct Macro {
        var program: Program
        var function: Int
        var frame: Int
        var context: Int
        var escape: UInt8
    }

    struct Loop {
        var items: Items
        var index: Int
        var level: Int
        var info: Int
        var frame: Int
        var program: Program
        var last: [Value]?
    }

    struct Cycler {
        var items: [Value]
        var position = 0
    }

    struct Joiner {
        var separator: Value
        var used = false
    }

    struct Module {
        var members: [(symbol: Int32, value: Value)]
        var body: String
    }

    struct BlockReference {
        var context: Int
        var name: String
        var level: Int
    }

    enum Signal: UInt8 { case next, breakLoop, continueLoop }

    /// A place where another template or macro was entered, for the chain of an error.
    struct Caller {
        var program: Program
        var node: Int32
        var what: Entry
    }

    /// What was entered; put into words only when an error is.
    enum Entry {
        case included, imported, extended, loop
        case block(String)
        case macro(Program, Int)

        var words: String {
            switch self {
            case .included: return "included from"
            case .imported: return "imported from"
            case .extended: return "extended from"
            case .loop: return "in the loop called from"
            case .block(let name): return "in block \(name), from"
            case .macro(let program, let function):
                let name = program.functions[function].name
                return name == "caller" ? "in the body of a call, called from" : "in macro \(name), called from"
            }
        }
    }

    package let limits: Limits
    package let mode: UndefinedMode
    package let library: Library
    package let outputMode: OutputMode
    /// Whether text is escaped for HTML where the template runs now; filters that make text ask it.
    package internal(set) var autoescape: Bool

    let set: TemplateSet
    var program: Program
    var nodes: [Program.Node]
    var locals: [Value] = []
    var frames: [[Value]] = [[]]
    var parents: [Int] = [-1]
    var freeFrames: [Int] = []
    var frame = 0
    var contexts: [Context] = []
    var context = 0
    var roots: [Value]
    let lookUp: (Int) -> JSON?

    var out: [UInt8] = []
    var outputAllowed: Int
    var captured: [Value] = []
    var steps: Int
    var depth = 0
    var nesting = 0
    var at: Int32 = 0
    var extended: Program?
    var callers: [Caller] = []

    var macros: [Macro] = []
    var loops: [Loop] = []
    var namespaces: [ValueDict] = []
    var cyclers: [Cycler] = []
    var joiners: [Joiner] = []
    var modules: [Module] = []
    var references: [BlockReference] = []
    var importedModules: [(program: Program, module: Int)] = []
    var pendingLoopPrograms: [Program] = []

    init(_ program: Program, set: TemplateSet, limits: Limits? = nil, lookUp: @escaping (Int) -> JSON?) {
        let options = set.options
        self.limits = limits ?? options.limits
        mode = options.undefined
        library = options.library
        outputMode = options.output
        autoescape = options.output == .html
        self.set = set
        self.program = program
        nodes = program.nodes
        roots = [Value](repeating: .missing, count: set.symbols.names.count)
        self.lookUp = lookUp
        steps = self.limits.steps
        outputAllowed = self.limits.output
    }

    /// Whether printing or comparing undefined is an error.
    package var undefinedFails: Bool {
        switch mode {
        case .strict, .hub: true
        case .lenient, .chainable: false
        }
    }

    /// Steps used so far.
    package var stepsUsed: Int { limits.steps - max(0, steps) }

    // MARK: Running

    /// Renders the whole template to `out`.
    mutating func run() throws(TemplateError) {
        do throws(TemplateError) {
            contexts = [Context(autoescape: autoescape)]
            out.reserveCapacity(512)
            try runRoot(program, context: 0)
            if outputMode == .header, let bad = out.first(where: { $0 == 13 || $0 == 10 || $0 == 0 }) {
                let name = bad == 0 ? "NUL" : bad == 13 ? "CR" : "LF"
                throw TemplateError.runtime("the header's value contains \(name), which would end the header")
            }
        } catch {
            throw located(error)
        }
    }

    /// Evaluates a program that is one expression.
    mutating func runExpression() throws(TemplateError) -> Value {
        do throws(TemplateError) {
            contexts = [Context(autoescape: autoescape)]
            let function = program.functions[0]
            locals = [Value](repeating: .missing, count: function.slotNames.count)
            return try eval(program.expression)
        } catch {
            throw located(error)
        }
    }

    /// Adds where the machine was to an error that does not know.
    func located(_ error: TemplateError) -> TemplateError {
        guard error.place == nil else { return error }
        var error = error
        let index = Int(at)
        guard index >= 0, index < program.spans.count else { return error }
        error.place = TemplateError.Place(in: program.source, template: program.name, span: program.spans[index])
        error.statementLine = Int(program.lines[index])
        for caller in callers.reversed().prefix(16) {
            let index = Int(caller.node)
            guard index >= 0, index < caller.program.lines.count else { continue }
            let place = TemplateError.Place(
                in: caller.program.source, template: caller.program.name, span: caller.program.spans[index])
            let name = place.template.map { "\($0), " } ?? ""
            error.chain.append("\(caller.what.words) \(name)line \(place.line), column \(place.column)")
        }
        if callers.count > 16 { error.chain.append("... and \(callers.count - 16) more") }
        return error
    }

    mutating func use(_ other: Program) {
        if program !== other {
            program = other
            nodes = other.nodes
        }
    }

    @inline(__always)
    mutating func step() throws(TemplateError) {
        steps &-= 1
        if steps < 0 { throw .limit("steps of work", used: limits.steps + 1, allowed: limits.steps) }
    }

    /// Charges for work done in one go, such as a filter going through a list.
    package mutating func spend(_ count: Int) throws(TemplateError) {
        steps &-= max(0, count)
        if steps < 0 { throw .limit("steps of work", used: limits.steps - steps, allowed: limits.steps) }
    }

    // MARK: Frames

    /// Starts a function with fresh slots; gives the frame to come back to.
    mutating func enter(_ function: Int, parent: Int) throws(TemplateError) -> Int {
        let count = program.functions[function].slotNames.count
        try charge(elements: count)
        let saved = frame
        frames[frame] = locals
        if let free = freeFrames.popLast() {
            frame = free
            locals = frames[free]
            frames[free] = []
            parents[free] = parent
            locals.removeAll(keepingCapacity: true)
        } else {
            frames.append([])
            parents.append(parent)
            frame = frames.count - 1
            locals = []
        }
        for _ in 0..<count { locals.append(.missing) }
        return saved
    }

    /// Ends a function. Its slots stay when something made in it may still refer to them.
    mutating func leave(_ saved: Int, keep: Bool) {
        if keep {
            frames[frame] = locals
        } else {
            locals.removeAll(keepingCapacity: true)
            frames[frame] = locals
            freeFrames.append(frame)
        }
        frame = saved
        locals = frames[saved]
        frames[saved] = []
    }

    /// Makes another live frame the current one; gives the frame to come back to.
    mutating func switchFrame(_ other: Int) -> Int {
        let saved = frame
        if other != frame {
            frames[frame] = locals
            frame = other
            locals = frames[other]
            frames[other] = []
        }
        return saved
    }

    func value(_ place: Program.Place) -> Value {
        switch place {
        case .local(let slot): return locals[Int(slot)]
        case .outer(let slot, let level):
            var index = frame
            for _ in 0..<level where index >= 0 { index = parents[index] }
            guard index >= 0, index < frames.count, Int(slot) < frames[index].count else { return .missing }
            return frames[index][Int(slot)]
        case .root: return .missing
        }
    }

    mutating func start(_ entries: [Program.Entry]) throws(TemplateError) {
        try charge(elements: entries.count)
        for entry in entries {
            if case .root(let symbol) = entry.from {
                locals[Int(entry.slot)] = root(symbol)
            } else {
                locals[Int(entry.slot)] = value(entry.from)
            }
        }
    }

    /// A name of the context; `missing` when nothing has it.
    mutating func root(_ symbol: Int32) -> Value {
        let state = contexts[context].vars.count
        var n = state - 1
        while n >= 0 {
            if contexts[context].vars[n].symbol == symbol { return contexts[context].vars[n].value }
            n -= 1
        }
        let index = Int(symbol)
        if contexts[context].bare { return set.globals[index].map { .object($0) } ?? .missing }
        if case .missing = roots[index] {
            if let json = lookUp(index) {
                roots[index] = Value(json)
            } else if let global = set.globals[index] {
                roots[index] = .object(global)
            } else if set.omitSymbol == symbol {
                roots[index] = .omit
            } else {
                roots[index] = .undefined(Self.absent)
            }
        }
        if case .undefined = roots[index] { return .missing }
        return roots[index]
    }

    private static let absent = Undefined(path: "")

    // MARK: Templates in templates

    /// Runs a template from its top, and then what it extends.
    mutating func runRoot(_ start: Program, context index: Int) throws(TemplateError) {
        let saved = (program, context, extended, autoescape)
        var current = start
        context = index
        for (name, function) in start.blockFunctions {
            contexts[index].blocks.append((name, [BlockVersion(program: start, function: function)]))
        }
        var levels = 0
        while true {
            use(current)
            extended = nil
            try enterDeeper("templates and macros inside each other")
            let back = try enter(0, parent: -1)
            let function = current.functions[0]
            if function.selfSlot >= 0 { locals[Int(function.selfSlot)] = .object(Handle(.blocks, index)) }
            try self.start(function.entries)
            _ = try exec(function.body)
            leave(back, keep: function.hasInner)
            leaveDeeper()
            guard let parent = extended else { break }
            levels += 1
            if levels > limits.depth {
                throw .limit("templates that extend each other", used: levels, allowed: limits.depth)
            }
            callers.append(Caller(program: current, node: at, what: .extended))
            current = parent
        }
        callers.removeLast(levels)
        use(saved.0)
        (context, extended, autoescape) = (saved.1, saved.2, saved.3)
    }

    mutating func enterDeeper(_ what: String) throws(TemplateError) {
        depth += 1
        nesting += 4
        if depth > limits.depth { throw .limit(what, used: depth, allowed: limits.depth) }
    }

    mutating func leaveDeeper() {
        depth -= 1
        nesting -= 4
    }

    /// What was written since `mark`, taken back from the output.
    mutating func take(from mark: Int) -> String {
        let text = String(decoding: out[mark...], as: UTF8.self)
        out.removeLast(out.count - mark)
        return text
    }

    /// Captured text: already safe where text is made safe.
    func capturedText(_ text: String) -> Value {
        autoescape || outputMode == .url ? .markup(text) : .string(text)
    }

    /// A context with everything the current one has and the given locals.
    mutating func derived(
        _ locals: [(symbol: Int32, place: Program.Place)], bare: Bool
    ) throws(TemplateError) -> Int {
        // Contexts stay until the render ends.
        try charge(elements: 4 * (contexts[context].vars.count + locals.count))
        var new = Context(autoescape: outputMode == .html)
        new.bare = bare
        if !bare {
            new.vars = contexts[context].vars
            new.bare = contexts[context].bare
            for (symbol, place) in locals.reversed() {
                let value = value(place)
                if case .missing = value { continue }
                new.vars.append((symbol, value))
            }
        }
        contexts.append(new)
        return contexts.count - 1
    }
}
