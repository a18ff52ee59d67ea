package import HubModel

/// Where the names of a template get their values.
package enum Roots: Sendable {
    /// The members of an object.
    case object(JSONObject)
    /// In the order of the options' `Scope`; nil for a name without a value.
    case values([JSON?])
    /// By position in the `Scope`, asked at most once a render for each name that is used.
    case lazy(@Sendable (Int) -> JSON?)
    /// As `lazy`, from something that also has the values of the scope's paths.
    case source(any RootSource)

    func value(_ symbol: Int, _ set: TemplateSet) -> JSON? {
        switch self {
        case .object(let object): object.value(named: set.symbols.names[symbol])
        case .values(let values): set.position(of: symbol).flatMap { $0 < values.count ? values[$0] : nil }
        case .lazy(let function): set.position(of: symbol).flatMap(function)
        case .source(let source): set.position(of: symbol).flatMap { source.value(at: $0) }
        }
    }
}

/// Something that templates are rendered for, such as an event, which need not be made into JSON as a whole.
package protocol RootSource: Sendable {
    /// The value of a name by its position in the `Scope`; nil when there is none.
    func value(at position: Int) -> JSON?
    /// The value of one of the scope's paths by its number, the same as going there through the value of the root;
    /// nil when not all of the path is there.
    func value(ofPath number: Int) -> JSON?
}
