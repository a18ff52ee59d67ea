/// The filters that Jinja does not have: phone numbers, times, hashes and JSON for the field the hub works in.
package enum PayloadFilters {
    package static let all: [Filter] = []
}
