import HubModel

/// Runs a compiled template. One machine makes one render; nothing is shared and nothing is locked.
///
/// Variables live in `slots`, one stack for all functions; that of the function that runs begins at `base`. Depth of every
/// kind is counted, so that no template can exhaust the thread's stack. It is never copied: a copy would touch a reference
/// for each of its tables.
package struct Machine: ~Copyable {
    /// What an included template or a block sees of its surroundings.
    struct Context {
        /// Set at top level or passed on; later entries hide earlier ones.
        var vars: [(symbol: Int32, value: Value)] = []
        /// Imported without context: sees only the globals.
        var bare = false
        /// All versions of all blocks, those of the templates that extend first.
        var blocks: [BlockVersion] = []
        var exported: [Int32] = []
        var autoescape: Bool
    }

    struct BlockVersion {
        var symbol: Int32
        var function: Int32
        var program: Program
    }

    /// Where the slots of a function that runs, or may be referred to, begin.
    struct Frame {
        var base: Int
        /// The function it is written inside of; -1 for none.
        var parent: Int
    }

    struct Macro {
        var program: Program
        var function: Int
        var frame: Int
        var context: Int
    }

    struct Loop {
        var items: Items
        var index: Int
        var level: Int
        var info: Int
        /// The node of the loop.
        var node: Int32
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

    enum Signal: UInt8 { case next, breakLoop, continueLoop }

    package private(set) var limits: Limits
    package private(set) var mode: UndefinedMode
    package private(set) var library: Library
    package private(set) var outputMode: OutputMode
    /// Whether text is escaped for HTML where the template runs now; filters that make text ask it.
    package internal(set) var autoescape: Bool

    private(set) var set: TemplateSet
    var slots: [Value] = []
    var base = 0
    var frames: [Frame] = []
    /// The frame that runs; -1 before the first.
    var frame = -1
    var contexts: [Context] = []
    var context = 0
    let source: Roots
    /// The values of the names asked for so far, by symbol.
    private var roots: [Value] = []
    /// The values of the last names of the scope, where they do not come from `source`: those of loops around.
    var locals: [JSON] = []

    var out: [UInt8] = []
    var outputAllowed: Int
    var captured: [Value] = []
    var steps: Int
    var depth = 0
    var nesting = 0
    /// The node of the running program that an error belongs to.
    var at: Int32 = 0
    /// What an `extends` that ran just now named.
    var extended: Lineage?
    /// Whether what the running template extends is known and will run after it.
    var linked = false

    var macros: [Macro] = []
    var loops: [Loop] = []
    var namespaces: [ValueDict] = []
    var cyclers: [Cycler] = []
    var joiners: [Joiner] = []
    var modules: [Module] = []
    var importedModules: [(template: Lineage, module: Int)] = []

    init(_ set: TemplateSet, _ roots: Roots, steps: Int? = nil) {
        let options = set.options
        limits = options.limits
        mode = options.undefined
        library = options.library
        outputMode = options.output
        autoescape = options.output == .html
        self.set = set
        self.source = roots
        self.steps = steps ?? limits.steps
        outputAllowed = limits.output
    }

    /// Makes ready for another template or expression with the same roots. What was asked for of the names that all
    /// have in scope is kept, and so are the steps that are left.
    mutating func begin(_ next: TemplateSet) {
        let options = next.options
        limits = options.limits
        mode = options.undefined
        library = options.library
        outputMode = options.output
        autoescape = options.output == .html
        outputAllowed = limits.output
        if !roots.isEmpty {
            let kept = min(set.own, next.own)
            let needed = next.symbols.names.count
            if roots.count > kept { roots.removeLast(roots.count - kept) }
            while roots.count < needed { roots.append(.missing) }
        }
        set = next
        slots.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        contexts.removeAll(keepingCapacity: true)
        (base, frame, context, depth, nesting, at) = (0, -1, 0, 0, 0, 0)
        (extended, linked) = (nil, false)
        out.removeAll(keepingCapacity: true)
        captured.removeAll()
        macros.removeAll()
        loops.removeAll()
        namespaces.removeAll()
        cyclers.removeAll()
        joiners.removeAll()
        modules.removeAll()
        importedModules.removeAll()
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
    mutating func run(_ template: Lineage) throws(TemplateError) {
        contexts.append(Context(autoescape: autoescape))
        out.reserveCapacity(512)
        if template.programs.count > 1 || template.program.functions.count > 1 {
            frames.reserveCapacity(16)
            slots.reserveCapacity(32)
        }
        try runRoot(template, context: 0)
        if outputMode == .header, let bad = out.first(where: { $0 == 13 || $0 == 10 || $0 == 0 }) {
            let name = bad == 0 ? "NUL" : bad == 13 ? "CR" : "LF"
            throw located(.runtime("the header's value contains \(name), which would end the header"), template.program)
        }
    }

    /// Evaluates a program that is one expression.
    mutating func runExpression(_ program: Program) throws(TemplateError) -> Value {
        do throws(TemplateError) {
            contexts.append(Context(autoescape: autoescape))
            _ = try enter(0, of: program, parent: -1)
            return try eval(program.expression, program)
        } catch {
            throw located(error, program)
        }
    }

    /// Adds the place in the program that ran to an error that has none.
    func located(_ error: TemplateError, _ program: Program) -> TemplateError {
        guard error.place == nil else { return error }
        var error = error
        let index = Int(at)
        guard index >= 0, index < program.spans.count else { return error }
        error.place = TemplateError.Place(in: program.source, template: program.name, span: program.spans[index])
        error.statementLine = Int(program.lines[index])
        return error
    }

    /// An error on its way out of what was entered at a node of `program`.
    func leaving(
        _ error: TemplateError, _ words: String, _ index: Int32, _ program: Program
    ) -> TemplateError {
        let index = Int(index)
        guard index >= 0, index < program.lines.count else { return error }
        var error = error
        let place = TemplateError.Place(in: program.source, template: program.name, span: program.spans[index])
        let name = place.template.map { "\($0), " } ?? ""
        error.chain.append("\(words) \(name)line \(place.line), column \(place.column)")
        return error
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

    /// Starts a function with fresh slots; returns the frame to come back to.
    mutating func enter(_ function: Int, of program: Program, parent: Int) throws(TemplateError) -> Int {
        let count = program.functions[function].content.slotNames.count
        try charge(elements: count)
        let saved = frame
        base = slots.count
        frame = frames.count
        frames.append(Frame(base: base, parent: parent))
        for _ in 0..<count { slots.append(.missing) }
        return saved
    }

    /// Ends a function. Its slots stay when something made in it may still refer to them.
    mutating func leave(_ saved: Int, keep: Bool) {
        // Something kept above keeps what is below it.
        if !keep, frame == frames.count - 1 {
            slots.removeLast(slots.count - base)
            frames.removeLast()
        }
        frame = saved
        base = saved < 0 ? 0 : frames[saved].base
    }

    /// Makes another live frame the current one; returns the frame to come back to.
    mutating func switchFrame(_ other: Int) -> Int {
        let saved = frame
        frame = other
        base = frames[other].base
        return saved
    }

    func value(_ place: Program.Place) -> Value {
        switch place {
        case .local(let slot): return slots[base + Int(slot)]
        case .outer(let slot, let level):
            var index = frame
            for _ in 0..<level where index >= 0 { index = frames[index].parent }
            guard index >= 0 else { return .missing }
            return slots[frames[index].base + Int(slot)]
        case .root: return .missing
        }
    }

    mutating func start(_ entries: [Program.Entry]) throws(TemplateError) {
        try charge(elements: entries.count)
        for entry in entries {
            if case .root(let symbol) = entry.from {
                slots[base + Int(entry.slot)] = root(symbol)
            } else {
                slots[base + Int(entry.slot)] = value(entry.from)
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
        if roots.isEmpty { roots = [Value](repeating: .missing, count: set.symbols.names.count) }
        if case .missing = roots[index] {
            if let json = value(ofSymbol: index) {
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

    private func value(ofSymbol symbol: Int) -> JSON? {
        if !locals.isEmpty, let position = set.position(of: symbol), position >= set.own {
            return locals[position - set.own]
        }
        return source.value(symbol, set)
    }

    /// Whether a name of the context means something else here than the source has for it.
    func isHidden(_ symbol: Int32) -> Bool {
        if contexts[context].bare { return true }
        for n in contexts[context].vars.indices where contexts[context].vars[n].symbol == symbol { return true }
        return false
    }

    private static let absent = Undefined(path: "")

    // MARK: Templates in templates

    /// Runs a template from its top, and then what it extends.
    mutating func runRoot(_ template: Lineage, context index: Int) throws(TemplateError) {
        let saved = (context, extended, autoescape, linked)
        context = index
        var lineage = template
        var path: [Program] = []
        while true {
            if contexts[index].blocks.isEmpty {
                contexts[index].blocks = lineage.blocks
            } else {
                contexts[index].blocks += lineage.blocks
            }
            let last = lineage.programs.count - 1
            for n in 0...last {
                linked = n < last
                let program = lineage.programs[n]
                // What only extends has nothing to run but its blocks.
                if linked, program.onlyExtends { continue }
                extended = nil
                do throws(TemplateError) {
                    try runTop(program, index)
                } catch {
                    throw extending(error, path + lineage.programs[..<n])
                }
            }
            guard let next = extended else { break }
            path += lineage.programs
            if path.count + next.programs.count > limits.depth {
                throw .limit("templates that extend each other", used: path.count + 1, allowed: limits.depth)
            }
            lineage = next
        }
        (context, extended, autoescape, linked) = saved
    }

    private mutating func runTop(_ program: Program, _ index: Int) throws(TemplateError) {
        try enterDeeper("templates and macros inside each other")
        let back = try enter(0, of: program, parent: -1)
        let function = program.functions[0]
        do throws(TemplateError) {
            if function.selfSlot >= 0 { slots[base + Int(function.selfSlot)] = .object(Handle(.blocks, index)) }
            try start(function.entries)
            _ = try exec(function.body, program)
        } catch {
            throw located(error, program)
        }
        leave(back, keep: function.hasInner)
        leaveDeeper()
    }

    /// An error in a template, on its way out of those that extend it.
    private func extending(_ error: TemplateError, _ path: [Program]) -> TemplateError {
        var error = error
        for program in path.reversed() { error = leaving(error, "extended from", program.extendsNode, program) }
        return error
    }

    /// The position of a block's first version at or after `start` among the blocks of a context.
    func block(_ symbol: Int32, in context: Int, from start: Int = 0) -> Int? {
        var n = start
        while n < contexts[context].blocks.count {
            if contexts[context].blocks[n].symbol == symbol { return n }
            n += 1
        }
        return nil
    }

    mutating func enterDeeper(_ what: StaticString) throws(TemplateError) {
        depth += 1
        nesting += 4
        if depth > limits.depth { throw .limit("\(what)", used: depth, allowed: limits.depth) }
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
