package import HubDelivery
package import HubIngress
package import HubStore

/// Everything that the hub tells of itself. One stream feeds the log and the counters.
package enum Signal: Sendable {
    case ingress(IngressSignal)
    case store(StoreSignal)
    case delivery(DeliverySignal)
    case configuration(ConfigurationSignal)
}

/// What happened to the configuration.
package enum ConfigurationSignal: Sendable {
    case reloaded(digest: String)
    /// The one in force goes on; the mistakes, each at its place.
    case refused(mistakes: String)
    /// `hub.listen` or `hub.store` was changed, which only a restart brings into force.
    case needsRestart
}
