import HubModel

// Puts the arguments of a call to the parameters of what is called.

extension Machine {
    /// Puts arguments to the parameters they belong to.
    package func bind(
        _ signature: Signature, _ positional: [Value], _ named: [(name: String, value: Value)],
        _ what: @autoclosure () -> String
    ) throws(TemplateError) -> Arguments {
        do throws(BindingError) {
            return try signature.bind(positional, named)
        } catch {
            throw .runtime("\(what()) \(error.message)")
        }
    }
}

/// Why arguments do not fit: the message goes on from the name of what was called.
struct BindingError: Error {
    let message: String
}

extension Signature {
    /// Puts arguments to the parameters they belong to.
    func bind(_ positional: [Value], _ given: [(name: String, value: Value)]) throws(BindingError) -> Arguments {
        var values: [Value?] = parameters.map { _ in nil }
        var rest: [Value] = []
        var named: [(name: String, value: Value)] = []
        for (n, value) in positional.enumerated() {
            if n < values.count {
                values[n] = value
            } else if varargs {
                rest.append(value)
            } else {
                throw BindingError(message: Self.tooMany(values.count, positional.count))
            }
        }
        for (name, value) in given {
            if let n = parameters.firstIndex(where: { same($0.name, name) }) {
                if values[n] != nil { throw BindingError(message: "was given \"\(name)\" twice") }
                values[n] = value
            } else if kwargs {
                named.append((name, value))
            } else {
                throw BindingError(message: unknown(name))
            }
        }
        var bound: [Value] = []
        for (n, parameter) in parameters.enumerated() {
            guard let value = values[n] ?? parameter.standard else {
                throw BindingError(message: "needs the argument \"\(parameter.name)\"")
            }
            bound.append(value)
        }
        return Arguments(bound, rest: rest, named: named)
    }
}

extension Signature {
    static func tooMany(_ allowed: Int, _ given: Int) -> String {
        "takes \(allowed == 0 ? "no arguments" : allowed == 1 ? "one argument" : "at most \(allowed) arguments"), not \(given)"
    }

    func unknown(_ name: String) -> String {
        "takes no argument \"\(name)\"\(String.suggestion(for: name, in: parameters.map(\.name)))"
    }
}
