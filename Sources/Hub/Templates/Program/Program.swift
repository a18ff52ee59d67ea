import HubModel

/// A compiled template: nodes without references, so that running it touches few reference counts.
///
/// A node names its children by number. Numbers below zero stand for "none". What does not fit a node lives in the tables,
/// each entry behind one reference: looking one up copies a pointer.
final class Program: Sendable {
    enum Op: UInt8, Sendable {
        // Expressions
        case constant, local, outer, root, path, sourcePath
        case list, tuple, dict, attribute, item, slice, call, filter, test
        case negate, plus, not, and, or
        case add, subtract, multiply, divide, floorDivide, modulo, power
        case concat, equal, notEqual, less, lessOrEqual, greater, greaterOrEqual, isIn, notIn, compare
        case conditional, loopMember, captured, fail
        // Statements
        case text, output, sequence, `if`, `for`, set, setLocal, setBlock, with, macro, callBlock, filterBlock
        case autoescape, block, extends, include, importAs, fromImport, evaluate, breakLoop, continueLoop,
            unlessExtended
    }

    struct Node: Sendable {
        var op: Op
        /// Depends on the operation: how to escape, whether a flag is set.
        var flag: UInt8 = 0
        var a: Int32 = -1
        var b: Int32 = -1
        var c: Int32 = -1

        var isPath: Bool { op == .path || op == .sourcePath }
    }

    /// Where a variable lives, as seen from one function.
    enum Place: Sendable, Equatable {
        case local(Int32)
        /// A slot of a function this one is written inside of, so many levels out.
        case outer(Int32, level: Int32)
        /// A name of the context.
        case root(Int32)
    }

    indirect enum Target: Sendable {
        case local(Int32)
        /// Also visible to blocks, includes and importers.
        case exported(Int32, symbol: Int32, name: String)
        case tuple([Target])
        case namespace(Place, owner: String, member: String)
    }

    /// A slot and where its first value comes from whenever its scope is entered.
    struct Entry: Sendable {
        var slot: Int32
        var from: Place
    }

    struct For: Sendable {
        var target: Target
        var iterable: Int32
        var filter: Int32
        var body: Int32
        var otherwise: Int32
        var entries: [Entry]
        var otherwiseEntries: [Entry]
        /// -1 when the body does not use `loop`.
        var loopSlot: Int32
        var recursive: Bool
        /// The slots of the loop and everything in it, saved around a recursive call.
        var slots: Range<Int>
        var escape: UInt8
    }

    struct Call: Sendable {
        var positional: [Int32] = []
        var named: [(name: String, node: Int32)] = []
        var spread: Int32 = -1
        var spreadNamed: Int32 = -1
    }

    /// Arguments of a filter or test, bound to its parameters when compiled.
    struct Bound: Sendable {
        /// One node for each parameter; -1 takes the default.
        var values: [Int32]
        var rest: [Int32]
        var named: [(name: String, node: Int32)]
        /// The arguments themselves when all are constants.
        var constant: Arguments?
        /// Set when `*` or `**` puts binding off until the call.
        var dynamic: Call?
    }

    struct Function: Sendable {
        var name: String
        var parameters: [(name: String, standard: Int32)] = []
        var slotNames: [String] = []
        var entries: [Entry] = []
        var body: Int32 = -1
        var selfSlot: Int32 = -1
        var superSlot: Int32 = -1
        var callerSlot: Int32 = -1
        var varargsSlot: Int32 = -1
        var kwargsSlot: Int32 = -1
        /// Macros are made inside it, which may outlive the call.
        var hasInner = false
        var explicitCaller = false
    }

    struct With: Sendable {
        var pairs: [(target: Target, value: Int32)]
        var entries: [Entry]
        var body: Int32
    }

    struct Block: Sendable {
        /// The symbol of the block's name.
        var symbol: Int32
        var scoped: Bool
        var required: Bool
        var locals: [(symbol: Int32, place: Place)]
    }

    struct Import: Sendable {
        /// The node of the template's name.
        var template: Int32
        /// The symbol of the name, when the template is named by a literal.
        var symbol: Int32
        var ignoreMissing = false
        var withContext: Bool
        var locals: [(symbol: Int32, place: Place)]
        var names: [(name: String, symbol: Int32, target: Target)] = []
    }

    struct Set: Sendable {
        var target: Target
        var filter: Int32
        var entries: [Entry]
        var body: Int32
    }

    let name: String?
    let source: [UInt8]
    let nodes: [Node]
    let spans: [Span]
    let lines: [Int32]
    let lists: [Int32]
    let constants: [Value]
    let names: [String]
    let texts: [[UInt8]]
    let fors: [Shared<For>]
    let calls: [Shared<Call>]
    let bounds: [Shared<Bound>]
    let filters: [Filter]
    let tests: [Test]
    let functions: [Shared<Function>]
    let targets: [Target]
    let withs: [Shared<With>]
    let sets: [Shared<Set>]
    let blocks: [Block]
    let imports: [Shared<Import>]
    /// The functions of the blocks this template defines, by the symbol of the block's name.
    let blockFunctions: [(symbol: Int32, function: Int)]
    /// The symbol of the template that this one extends in any case and before anything else; -1 for none.
    let parent: Int32
    /// The node of the first `extends`; -1 for none.
    let extendsNode: Int32
    /// Runs nothing at its top but that `extends`.
    let onlyExtends: Bool
    /// Node of the expression when this is a bare expression.
    let expression: Int32

    init(_ draft: Compiler.Draft, name: String?, source: [UInt8], expression: Int32) {
        self.name = name
        self.source = source
        nodes = draft.nodes
        spans = draft.spans
        lines = draft.lines
        lists = draft.lists
        constants = draft.constants
        names = draft.names
        texts = draft.texts
        fors = draft.fors.map { Shared($0) }
        calls = draft.calls.map { Shared($0) }
        bounds = draft.bounds.map { Shared($0) }
        filters = draft.filters
        tests = draft.tests
        functions = draft.functions.map { Shared($0) }
        targets = draft.targets
        withs = draft.withs.map { Shared($0) }
        sets = draft.sets.map { Shared($0) }
        blocks = draft.blocks
        imports = draft.imports.map { Shared($0) }
        blockFunctions = draft.blockFunctions
        self.expression = expression
        extendsNode = Int32(draft.nodes.firstIndex { $0.op == .extends } ?? -1)
        // The statements at the top, of which text before `extends` may be wrapped.
        var top: [Int32] = []
        if let body = draft.functions.first?.body, body >= 0 {
            let node = draft.nodes[Int(body)]
            top = node.op == .sequence ? Array(draft.lists[Int(node.a)..<Int(node.a + node.b)]) : [body]
        }
        let first = top.first.map { draft.nodes[Int($0)] }
        parent = first?.op == .extends ? first?.b ?? -1 : -1
        onlyExtends = parent >= 0 && top.count == 1
    }
}

/// A template with those it extends, as far as literals name them.
final class Lineage: Sendable {
    /// The template, what it extends, and so on.
    let programs: [Program]
    /// All versions of their blocks, those of the templates that extend first.
    let blocks: [Machine.BlockVersion]

    var program: Program { programs[0] }

    /// - Parameter known: The template of a symbol, when it has no mistake.
    init(_ program: Program, known: (Int32) -> Program?) {
        var programs = [program]
        while let last = programs.last, last.parent >= 0, programs.count < 32, let next = known(last.parent),
            !programs.contains(where: { $0 === next })
        {
            programs.append(next)
        }
        self.programs = programs
        blocks = programs.flatMap { program in
            program.blockFunctions.map {
                Machine.BlockVersion(symbol: $0.symbol, function: Int32($0.function), program: program)
            }
        }
    }
}

/// Something immutable behind one reference, so that handing it on copies nothing of it.
@dynamicMemberLookup
final class Shared<Content: Sendable>: Sendable {
    let content: Content

    init(_ content: Content) { self.content = content }

    @inline(__always)
    subscript<Member>(dynamicMember path: KeyPath<Content, Member>) -> Member { content[keyPath: path] }
}

/// The names that a set of templates uses, each with a number: those of the context first, then of templates and blocks.
struct Symbols: Sendable {
    private(set) var names: [String]
    private var numbers: [[UInt8]: Int32]

    init(_ scope: Scope?) {
        names = scope?.names ?? []
        numbers = Dictionary(names.enumerated().map { (Array($1.utf8), Int32($0)) }, uniquingKeysWith: { $1 })
    }

    mutating func number(of name: String) -> Int32 {
        let key = Array(name.utf8)
        if let known = numbers[key] { return known }
        let number = Int32(names.count)
        names.append(name)
        numbers[key] = number
        return number
    }

    func known(_ name: String) -> Int32? { numbers[Array(name.utf8)] }
}
