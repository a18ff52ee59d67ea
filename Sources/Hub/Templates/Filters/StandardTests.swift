import HubModel

/// Jinja's own tests.
package enum StandardTests {
    private static let one = Signature([Parameter("other")])

    package static let all: [Test] =
        kinds + comparisons + [
            Test("defined", help: "It is there.") { _, v, _ throws(TemplateError) in !v.isUndefined },
            Test("undefined", help: "It is not there.") { _, v, _ throws(TemplateError) in v.isUndefined },
            Test("even", help: "Divisible by two.") { m, v, _ throws(TemplateError) in
                try remainder(&m, v, .int(2)).equals(.int(0))
            },
            Test("odd", help: "Not divisible by two.") { m, v, _ throws(TemplateError) in
                try remainder(&m, v, .int(2)).equals(.int(1))
            },
            Test("divisibleby", Signature([Parameter("num")]), help: "Divisible by a number.") {
                m, v, a throws(TemplateError) in
                try remainder(&m, v, a[0]).equals(.int(0))
            },
            Test("lower", help: "All letters are lower case.") { m, v, _ throws(TemplateError) in
                try cased(m.string(v)) {
                    $0.isASCII ? ("a"..."z").contains($0) : $0.properties.isLowercase
                } not: {
                    $0.isASCII ? ("A"..."Z").contains($0) : $0.properties.isUppercase || isTitle($0)
                }
            },
            Test("upper", help: "All letters are upper case.") { m, v, _ throws(TemplateError) in
                try cased(m.string(v)) {
                    $0.isASCII ? ("A"..."Z").contains($0) : $0.properties.isUppercase
                } not: {
                    $0.isASCII ? ("a"..."z").contains($0) : $0.properties.isLowercase || isTitle($0)
                }
            },
            Test("escaped", help: "Already escaped for HTML.") { _, v, _ throws(TemplateError) in
                if case .markup = v { true } else { false }
            },
            Test("filter", help: "The name of a filter.") { m, v, _ throws(TemplateError) in
                try isName(v) { m.library.filters[$0] != nil }
            },
            Test("test", help: "The name of a test.") { m, v, _ throws(TemplateError) in
                try isName(v) { m.library.tests[$0] != nil }
            },
            Test(
                "in", Signature([Parameter("seq")]),
                help: "An element of a list, a part of a string, a key of an object."
            ) {
                m, v, a throws(TemplateError) in try m.contains(a[0], v)
            },
            Test("sameas", one, help: "The very same value.") { m, v, a throws(TemplateError) in
                try same(&m, v, a[0])
            },
        ]

    private static let kinds: [Test] = [
        Test("none", help: "Null.") { _, v, _ throws(TemplateError) in if case .none = v { true } else { false } },
        Test("boolean", help: "True or false.") { _, v, _ throws(TemplateError) in
            if case .bool = v { true } else { false }
        },
        Test("true", help: "True.") { _, v, _ throws(TemplateError) in if case .bool(true) = v { true } else { false }
        },
        Test("false", help: "False.") { _, v, _ throws(TemplateError) in
            if case .bool(false) = v { true } else { false }
        },
        Test("integer", help: "A number without a fraction.") { _, v, _ throws(TemplateError) in
            switch v {
            case .int, .big: true
            default: false
            }
        },
        Test("float", help: "A number with a fraction.") { _, v, _ throws(TemplateError) in
            if case .float = v { true } else { false }
        },
        Test("number", help: "A number, or true or false.") { _, v, _ throws(TemplateError) in Number(v) != nil },
        Test("string", help: "A string.") { _, v, _ throws(TemplateError) in
            switch v {
            case .string, .markup: true
            default: false
            }
        },
        Test("mapping", help: "An object.") { _, v, _ throws(TemplateError) in
            switch v {
            case .dict, .record: true
            default: false
            }
        },
        Test("sequence", help: "A list, a string or an object.") { m, v, _ throws(TemplateError) in
            switch v {
            case .undefined(let missing):
                if m.undefinedFails { throw .undefined(missing.message) }
                return true
            case .string, .markup, .list, .tuple, .array, .range, .dict, .record: return true
            default: return false
            }
        },
        Test("iterable", help: "Something a loop can go through.") { m, v, _ throws(TemplateError) in
            switch v {
            case .undefined(let missing):
                if m.undefinedFails { throw .undefined(missing.message) }
                return true
            case .string, .markup, .list, .tuple, .array, .range, .dict, .record: return true
            case .object(let handle): return handle.kind == .loop
            default: return false
            }
        },
        Test("callable", help: "A macro or a function.") { m, v, _ throws(TemplateError) in
            switch v {
            case .object(let handle): m.isCallable(handle)
            case .undefined: true
            default: false
            }
        },
    ]

    private static let comparisons: [Test] =
        ["eq", "equalto", "=="].map { comparison($0, .equal) } + ["ne", "!="].map { comparison($0, .notEqual) }
        + ["lt", "lessthan", "<"].map { comparison($0, .less) } + ["le", "<="].map { comparison($0, .lessOrEqual) }
        + ["gt", "greaterthan", ">"].map { comparison($0, .greater) }
        + ["ge", ">="].map { comparison($0, .greaterOrEqual) }

    private static func comparison(_ name: String, _ op: Program.Op) -> Test {
        Test(name, one, help: "Compares as the operator does.") { m, v, a throws(TemplateError) in
            try m.compare(op, v, a[0])
        }
    }

    private static func remainder(
        _ machine: inout Machine, _ value: Value, _ by: Value
    ) throws(TemplateError) -> Value {
        try machine.arithmetic(.modulo, value, by)
    }

    private static func isName(_ value: Value, _ known: (String) -> Bool) throws(TemplateError) -> Bool {
        switch value {
        case .string(let name), .markup(let name): return known(name)
        default:
            if HashKey(value) == nil { throw .runtime("\(value.kindName) cannot be a name") }
            return false
        }
    }

    private static func isTitle(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .titlecaseLetter
    }

    private static func cased(
        _ text: String, _ wanted: (Unicode.Scalar) -> Bool, not unwanted: (Unicode.Scalar) -> Bool
    ) -> Bool {
        var found = false
        // Looking a letter up costs a hundred times what comparing one does.
        for scalar in text.unicodeScalars {
            if unwanted(scalar) { return false }
            if wanted(scalar) { found = true }
        }
        return found
    }

    /// Python's identity, as far as values without identity can have one: same kind and equal.
    private static func same(_ machine: inout Machine, _ a: Value, _ b: Value) throws(TemplateError) -> Bool {
        switch (a, b) {
        case (.bool(let x), .bool(let y)): return x == y
        case (.bool, _), (_, .bool): return false
        case (.float, .float), (.int, .int), (.big, .big), (.string, .string), (.markup, .markup), (.none, .none),
            (.record, .record), (.array, .array), (.list, .list), (.tuple, .tuple), (.dict, .dict), (.object, .object),
            (.undefined, .undefined), (.range, .range):
            return try machine.equal(a, b)
        default: return false
        }
    }
}
