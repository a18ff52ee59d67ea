package import HubPlanning

/// The inbound half of a configuration: who may send, and the rules that say what follows. Immutable.
package final class Inbound: Sendable {
    package let sources: SourceTable
    package let rules: Rules

    package init(sources: SourceTable, rules: Rules) { (self.sources, self.rules) = (sources, rules) }
}
