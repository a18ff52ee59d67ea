import HubModel

// What work costs. A step stands for what evaluating one node takes, so whatever takes longer is charged for by what it
// reads and makes; memory and time of a render are then bounded by its steps, whatever the values are.

extension Machine {
    /// Charges for text read or made in one go: a step for every 64 bytes.
    package mutating func charge(bytes: Int) throws(TemplateError) {
        if bytes >= 64 { try spend(bytes / 64) }
    }

    /// Charges for a list or object read or made in one go: a step for every 8 elements.
    package mutating func charge(elements count: Int) throws(TemplateError) {
        if count >= 8 { try spend(count / 8) }
    }

    /// Charges for a value that is read or made as a whole, but not for what is inside its elements.
    package mutating func charge(_ value: Value) throws(TemplateError) {
        switch value {
        case .string(let text), .markup(let text): try charge(bytes: text.utf8.count)
        case .list(let items), .tuple(let items): try charge(elements: items.count)
        case .array(let items): try charge(elements: items.count)
        case .dict(let dict): try charge(elements: dict.count)
        case .record(let object): try charge(elements: object.count)
        case .range(let range): try charge(elements: range.count)
        case .big(let number): try charge(limbs: number.limbs.count, by: number.limbs.count)
        default: return
        }
    }

    /// Charges for work on integers of so many words that grows with the product, as multiplying and printing do.
    mutating func charge(limbs a: Int, by b: Int) throws(TemplateError) {
        let work = a * b / 64 + (a + b) / 8
        if work > 0 { try spend(work) }
    }

    /// Applies a filter: charges for what it is given and what it makes, and checks the size of the result.
    package mutating func apply(
        _ filter: Filter, to value: Value, _ arguments: Arguments
    ) throws(TemplateError) -> Value {
        let before = steps
        try chargeInput(value, arguments)
        // What is dear on long values is not cheap on short ones either.
        if filter.weight > 1 { try spend((before - steps) * (filter.weight - 1) + filter.weight / 2) }
        let result = try filter.function(&self, value, arguments)
        switch result {
        case .string(let text), .markup(let text):
            try checkString(text.utf8.count)
            if text.utf8.count >= 64 { try spend(text.utf8.count / 64 * filter.weight) }
        case .list(let items), .tuple(let items):
            try checkElements(items.count)
            try charge(elements: items.count)
        default: break
        }
        return result
    }

    /// Asks a test: charges for what it is given.
    package mutating func apply(_ test: Test, to value: Value, _ arguments: Arguments) throws(TemplateError) -> Bool {
        let before = steps
        try chargeInput(value, arguments)
        if test.weight > 1 { try spend((before - steps) * (test.weight - 1) + test.weight / 8) }
        return try test.function(&self, value, arguments)
    }

    private mutating func chargeInput(_ value: Value, _ arguments: Arguments) throws(TemplateError) {
        try charge(value)
        for argument in arguments.values { try charge(argument) }
        for argument in arguments.rest { try charge(argument) }
    }

    // MARK: Depth

    /// Deepest lists and objects inside each other that may be assigned: comparing and releasing values takes stack.
    static let deepestValue = 200

    /// Refuses a value that is too deep to be kept in a variable, where a loop could make it deeper at every turn.
    mutating func checkDepth(_ value: Value) throws(TemplateError) {
        switch value {
        case .list, .tuple, .dict: try checkDepth(value, 1)
        default: return
        }
    }

    private mutating func checkDepth(_ value: Value, _ depth: Int) throws(TemplateError) {
        guard depth <= Self.deepestValue else {
            throw .limit("lists inside each other", used: depth, allowed: Self.deepestValue)
        }
        switch value {
        case .list(let items), .tuple(let items):
            try spend(items.count / 16 + 1)
            for item in items where item.isContainer { try checkDepth(item, depth + 1) }
        case .dict(let dict):
            try spend(dict.count / 16 + 1)
            for member in dict.members {
                if member.key.isContainer { try checkDepth(member.key, depth + 1) }
                if member.value.isContainer { try checkDepth(member.value, depth + 1) }
            }
        default: return
        }
    }
}

extension Value {
    /// Made by the template of other values. Parts of the context are not: they are as deep as JSON may be.
    fileprivate var isContainer: Bool {
        switch self {
        case .list, .tuple, .dict: true
        default: false
        }
    }
}
