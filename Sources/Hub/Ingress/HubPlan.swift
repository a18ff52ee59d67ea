package import HubDelivery
import HubModel

/// Everything of one configuration that events pass through. Immutable; each event is decided by exactly one.
package final class HubPlan: Sendable {
    package let sources: SourceTable
    package let delivery: DeliveryPlan
    /// Names the configuration; kept with every webhook.
    package let digest: String

    package init(sources: SourceTable, delivery: DeliveryPlan, digest: String) {
        (self.sources, self.delivery, self.digest) = (sources, delivery, digest)
    }
}
