import SQLite

/// The names that rows repeat, each stored once and known by a small number.
///
/// There are as many as the configuration has sources, routes, endpoints and versions, so all of them are kept in memory.
final class Words {
    private var ids: [String: Int64] = [:]
    private var texts: [Int64: String] = [:]
    /// The word that was last asked for of those that share a place. The same few are asked for with every webhook, and
    /// to compare with one is much quicker than to hash.
    private var recent: [(text: String, id: Int64)] = Array(repeating: ("", 0), count: 256)
    private let findText: Statement
    private let findID: Statement
    private let add: Statement
    /// Those that the transaction under way has added.
    private var added: [String] = []

    init(_ connection: Connection) throws(SQLiteError) {
        findText = try connection.prepare("SELECT text FROM words WHERE id = ?")
        findID = try connection.prepare("SELECT id FROM words WHERE text = ?")
        add = try connection.prepare("INSERT INTO words (text) VALUES (?) RETURNING id")
    }

    /// The number of a word; nil when no row has it.
    func find(_ text: String) throws(SQLiteError) -> Int64? {
        let place = Self.place(of: text)
        if recent[place].id != 0, recent[place].text == text { return recent[place].id }
        if let id = ids[text] {
            recent[place] = (text, id)
            return id
        }
        defer { findID.reset() }
        try findID.bind(1, text)
        guard try findID.step() else { return nil }
        return remember(text, findID.integer(0))
    }

    /// The number of a word, which is stored now if it was not.
    func id(_ text: String) throws(SQLiteError) -> Int64 {
        if let id = try find(text) { return id }
        defer { add.reset() }
        try add.bind(1, text)
        _ = try add.step()
        added.append(text)
        return remember(text, add.integer(0))
    }

    /// Empty for a number that no word has.
    func text(_ id: Int64) throws(SQLiteError) -> String {
        if let text = texts[id] { return text }
        defer { findText.reset() }
        try findText.bind(1, id)
        guard try findText.step(), let text = findText.text(0) else { return "" }
        _ = remember(text, id)
        return text
    }

    private static func place(of text: String) -> Int {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else { return 0 }
        return (bytes.count &* 37 &+ Int(first) &* 11 &+ Int(last)) & 255
    }

    private func remember(_ text: String, _ id: Int64) -> Int64 {
        ids[text] = id
        texts[id] = text
        return id
    }

    func begin() { added.removeAll(keepingCapacity: true) }

    func rolledBack() {
        for text in added {
            recent[Self.place(of: text)] = ("", 0)
            if let id = ids.removeValue(forKey: text) { texts[id] = nil }
        }
        added.removeAll(keepingCapacity: true)
    }
}
