/// A configuration file's bytes under the name that diagnostics show.
///
/// Immutable and shared by every node read from it, so that a node can say where it is and a diagnostic can show
/// its line.
public final class SourceFile: Sendable {
    public let name: String
    /// Where it is; differs from the name when the way there holds what a reference stands for.
    let path: String
    public let bytes: [UInt8]
    /// Byte offsets at which lines begin; the first is 0 (or 3, after a byte order mark).
    let lineStarts: [Int]

    public convenience init(name: String, bytes: [UInt8]) { self.init(name: name, path: name, bytes: bytes) }

    init(name: String, path: String, bytes: [UInt8]) {
        self.name = name
        self.path = path
        self.bytes = bytes
        var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
        for (offset, byte) in bytes.enumerated() {
            if byte == 0x0A || (byte == 0x0D && (offset + 1 == bytes.count || bytes[offset + 1] != 0x0A)) {
                starts.append(offset + 1)
            }
        }
        lineStarts = starts
    }

    public convenience init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }

    /// Line and column of a byte; an offset outside the file counts as its nearest end.
    public func position(at offset: Int) -> Position {
        let offset = min(max(offset, lineStarts[0]), max(bytes.count, lineStarts[0]))
        let line = lineIndex(at: offset)
        let column = bytes[min(lineStarts[line], bytes.count)..<min(offset, bytes.count)].count { $0 & 0xC0 != 0x80 }
        return Position(file: name, line: line + 1, column: column + 1, offset: offset)
    }

    /// A line's bytes without its end, as text; lines count from 1.
    public func line(_ number: Int) -> String {
        guard let range = lineRange(number) else { return "" }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    func lineRange(_ number: Int) -> Range<Int>? {
        guard lineStarts.indices.contains(number - 1) else { return nil }
        let start = min(lineStarts[number - 1], bytes.count)
        var end = number < lineStarts.count ? lineStarts[number] : bytes.count
        while end > start, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
        return start..<max(start, end)
    }

    private func lineIndex(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// A place in a file: lines and columns count from 1, columns in Unicode scalars, the offset in bytes from 0.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var file: String
    public var line: Int
    public var column: Int
    public var offset: Int

    public init(file: String, line: Int, column: Int, offset: Int) {
        (self.file, self.line, self.column, self.offset) = (file, line, column, offset)
    }

    public var description: String { "\(file):\(line):\(column)" }

    public static func < (a: Position, b: Position) -> Bool {
        a.file == b.file ? a.offset < b.offset : a.file < b.file
    }
}

/// A stretch of a file.
public struct Span: Sendable, Hashable {
    public let source: SourceFile
    /// Byte offsets in the file.
    public let range: Range<Int>

    public init(_ source: SourceFile, _ range: Range<Int>) { (self.source, self.range) = (source, range) }

    /// The file as such, for what concerns no line of it (it cannot be read, it is too large).
    public init(file name: String) { self.init(SourceFile(name: name, bytes: []), 0..<0) }

    public var start: Position { source.position(at: range.lowerBound) }
    public var end: Position { source.position(at: range.upperBound) }

    public static func == (a: Span, b: Span) -> Bool { a.source.name == b.source.name && a.range == b.range }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(source.name)
        hasher.combine(range)
    }
}
