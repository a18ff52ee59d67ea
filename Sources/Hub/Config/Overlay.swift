import HubModel

/// Lays one tree over another: mappings are merged by name, `null` removes, everything else replaces.
enum Overlay {
    static func lay(_ top: Node, over base: Node, _ problems: inout Diagnostics) -> Node {
        guard let changes = top.members, var members = base.members else { return top }
        var removed: Set<Int> = []
        var places = Dictionary(members.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        for change in changes {
            let at = places[change.name]
            if change.value.isNull {
                if change.value.scalar?.source.isEmpty == true {
                    problems.error(
                        "nothing is given for \"\(change.name)\"", at: change.nameSpan,
                        help: "Write null to remove it, or a value to replace it.")
                } else if let at {
                    // Taken out at the end, so that places stay what they are.
                    removed.insert(at)
                    places[change.name] = nil
                } else {
                    problems.warning(
                        "\"\(change.name)\" is removed here and is not there to remove", at: change.nameSpan,
                        help: nearest(change.name, in: members.map(\.name)).map { "Did you mean \"\($0)\"?" })
                }
            } else if let at {
                members[at].value = lay(change.value, over: members[at].value, &problems)
            } else {
                places[change.name] = members.count
                members.append(Node.Member(name: change.name, nameSpan: change.nameSpan, value: cleaned(change.value)))
            }
        }
        var result = base
        result.content = .mapping(members.enumerated().filter { !removed.contains($0.offset) }.map(\.element))
        return result
    }

    /// A value that is new: what it would remove is not there.
    private static func cleaned(_ node: Node) -> Node {
        guard let members = node.members else { return node }
        var result = node
        result.content = .mapping(
            members.filter { !($0.value.isNull && $0.value.scalar?.source.isEmpty == false) }.map {
                Node.Member(name: $0.name, nameSpan: $0.nameSpan, value: cleaned($0.value))
            })
        return result
    }
}
