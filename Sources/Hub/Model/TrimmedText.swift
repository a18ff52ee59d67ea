extension String {
    /// The text without ASCII spaces, tabs and line breaks at both ends.
    package func trimmingBlanks() -> Substring {
        func blank(_ unit: UInt8) -> Bool { unit == 0x20 || (0x09...0x0D).contains(unit) }
        guard let first = utf8.firstIndex(where: { !blank($0) }), let last = utf8.lastIndex(where: { !blank($0) })
        else {
            return self[endIndex...]
        }
        return self[first...last]
    }
}
