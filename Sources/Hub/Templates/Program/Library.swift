/// One parameter of a filter, test or function.
package struct Parameter: Sendable {
    package let name: String
    /// What the parameter is when it is not given; nil when it must be given.
    package let standard: Value?

    /// A parameter that must be given.
    package init(_ name: String) { (self.name, standard) = (name, nil) }

    /// A parameter that may be left out.
    package init(_ name: String, _ standard: Value) { (self.name, self.standard) = (name, standard) }
}

/// What a filter, test or function may be called with, apart from the value it is applied to.
package struct Signature: Sendable {
    package let parameters: [Parameter]
    /// Takes any number of further positional arguments.
    package let varargs: Bool
    /// Takes any further named arguments.
    package let kwargs: Bool

    package init(_ parameters: [Parameter] = [], varargs: Bool = false, kwargs: Bool = false) {
        (self.parameters, self.varargs, self.kwargs) = (parameters, varargs, kwargs)
    }

    package static let nothing = Signature()
    package static let anything = Signature(varargs: true, kwargs: true)

    package var required: Int { parameters.count { $0.standard == nil } }
}

/// Arguments after binding: one value for each parameter in order, then what is beyond them.
package struct Arguments: Sendable {
    /// What few calls have.
    private final class Further: Sendable {
        let rest: [Value]
        let named: [(name: String, value: Value)]
        let element: ElementCall?

        init(_ rest: [Value], _ named: [(name: String, value: Value)], _ element: ElementCall?) {
            (self.rest, self.named, self.element) = (rest, named, element)
        }
    }

    /// The filter or test that `map`, `select` and their like apply to each element, where it is known when compiled.
    package enum ElementCall: Sendable {
        case filter(Filter, Arguments)
        case test(Test, Arguments)
    }

    package var values: [Value]
    private var further: Further?

    package init(
        _ values: [Value] = [], rest: [Value] = [], named: [(name: String, value: Value)] = [],
        element: ElementCall? = nil
    ) {
        self.values = values
        if !rest.isEmpty || !named.isEmpty || element != nil { further = Further(rest, named, element) }
    }

    /// Positional arguments beyond the parameters.
    package var rest: [Value] { further?.rest ?? [] }
    /// Named arguments that are no parameters.
    package var named: [(name: String, value: Value)] { further?.named ?? [] }
    package var element: ElementCall? { further?.element }

    package subscript(index: Int) -> Value { index < values.count ? values[index] : .none }
}

/// A named function applied with `|`. The machine provides limits, the escaping in force and calls to other filters.
package final class Filter: Sendable {
    package typealias Function = @Sendable (inout Machine, Value, Arguments) throws(TemplateError) -> Value

    package let name: String
    package let signature: Signature
    /// One line for the documentation.
    package let help: String
    package let function: Function
    /// How many times as much as others it is charged for what it reads and writes.
    let weight: Int

    package init(_ name: String, _ signature: Signature = .nothing, help: String = "", _ function: @escaping Function) {
        (self.name, self.signature, self.help, self.function) = (name, signature, help, function)
        weight = Weights.filters[name] ?? 1
    }
}

/// A named question asked with `is`.
package final class Test: Sendable {
    package typealias Function = @Sendable (inout Machine, Value, Arguments) throws(TemplateError) -> Bool

    package let name: String
    package let signature: Signature
    package let help: String
    package let function: Function
    /// How many times as much as others it is charged for what it reads.
    let weight: Int

    package init(_ name: String, _ signature: Signature = .nothing, help: String = "", _ function: @escaping Function) {
        (self.name, self.signature, self.help, self.function) = (name, signature, help, function)
        weight = Weights.tests[name] ?? 1
    }
}

/// The filters and tests that templates may use.
package struct Library: Sendable {
    package let filters: [String: Filter]
    package let tests: [String: Test]

    package init(filters: [Filter], tests: [Test]) {
        self.filters = Dictionary(filters.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        self.tests = Dictionary(tests.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Everything: Jinja's own filters and those for payloads.
    package static let hub = Library(filters: StandardFilters.all + PayloadFilters.all, tests: StandardTests.all)
}
