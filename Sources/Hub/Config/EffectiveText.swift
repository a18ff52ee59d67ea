enum EffectiveText {
    static func flow(_ node: Node) -> String { "" }
}
