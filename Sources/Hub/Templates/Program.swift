import HubModel

/// A compiled template: nodes without references, so that running it touches no reference counts.
///
/// A node names its children by number. Numbers below zero stand for "none". What does not fit a node lives in the tables.
final class Program: Sendable {
    enum Op: UInt8, Sendable {
        // Expressions
        case constant, local, outer, root
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
        var name: String
        var scoped: Bool
        var required: Bool
        var locals: [(symbol: Int32, place: Place)]
    }

    struct Import: Sendable {
        var template: Int32
        var ignoreMissing = false
        var withContext: Bool
        var locals: [(symbol: Int32, place: Place)]
        var names: [(name: String, target: Target)] = []
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
    let fors: [For]
    let calls: [Call]
    let bounds: [Bound]
    let filters: [Filter]
    let tests: [Test]
    let functions: [Function]
    let targets: [Target]
    let withs: [With]
    let sets: [Set]
    let blocks: [Block]
    let imports: [Import]
    /// The functions of the blocks this template defines.
    let blockFunctions: [(name: String, function: Int)]
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
        fors = draft.fors
        calls = draft.calls
        bounds = draft.bounds
        filters = draft.filters
        tests = draft.tests
        functions = draft.functions
        targets = draft.targets
        withs = draft.withs
        sets = draft.sets
        blocks = draft.blocks
        imports = draft.imports
        blockFunctions = draft.blockFunctions
        self.expression = expression
    }
}

/// The names of the context that a set of templates uses, each with a number.
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
