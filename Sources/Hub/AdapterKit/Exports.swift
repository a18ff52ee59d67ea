// An adapter imports AdapterKit alone.
@_exported public import HubConfig
@_exported public import HubModel
