import HubModel

/// Reads a configuration whole: the file, what it includes, the overlay of one environment, references expanded.
///
/// Nothing is guessed: a file that cannot be read is an error, never a reason to go on with defaults.
public struct ConfigLoader: Sendable {
    /// Sections that only the main file may have.
    public static let mainFileOnly = ["hub", "environments"]
    private static let fileCount = 256

    /// What all files of a configuration together may ask for.
    private struct Allowance {
        static let bytes = 16 << 20
        static let folders = 1_000
        static let names = 100_000

        var bytes = Allowance.bytes
        /// Folders that patterns may have listed, and names in them.
        var folders = Allowance.folders
        var names = Allowance.names
        var yaml = YAMLLimits()
    }

    public var environment: ConfigEnvironment

    public init(_ environment: ConfigEnvironment = .process) { self.environment = environment }

    /// The configuration of `path` with `environments: overlay` laid over it, or all mistakes that can be seen so far.
    public func load(_ path: String, overlay: String? = nil) throws(Diagnostics) -> Configuration {
        let (configuration, problems) = inspect(path, overlay: overlay)
        guard let configuration, !problems.hasErrors else { throw problems }
        return configuration
    }

    /// As much of the configuration as can be made out, and what is wrong with it.
    ///
    /// For checks that go on to read the sections, to show their mistakes beside a missing variable. What comes with
    /// errors must not be put in force: references that lead nowhere stand in it as they are written.
    public func inspect(
        _ path: String, overlay: String? = nil
    ) -> (configuration: Configuration?, problems: Diagnostics) {
        var loading = Loading(environment: environment)
        guard let main = loading.file(Included(path: path, name: path), at: nil) else { return (nil, loading.problems) }
        var expander = Expander(environment)
        let root = expander.expand(loading.overlay(main, overlay))
        loading.problems.add(expander.problems)
        let configuration = Configuration(
            root: root, filesRead: loading.filesRead, foldersRead: loading.foldersRead, digest: Digest.of(root),
            generated: expander.generated, warnings: loading.problems.warnings)
        return (configuration, loading.problems)
    }

    /// The configuration in `text`, as if it were the content of a file: for editors, tests and the management API.
    public func load(text: String, name: String = "adapters.yaml", overlay: String? = nil) throws(Diagnostics)
        -> Configuration
    {
        let real = environment
        let bytes = Array(text.utf8)
        var loader = self
        loader.environment.readFile = { path, limit throws(ConfigEnvironment.ReadError) in
            path == name ? bytes : try real.readFile(path, limit)
        }
        return try loader.load(name, overlay: overlay)
    }

    /// A file by its path, and by the name that messages call it.
    private struct Included {
        var path: String
        var name: String
    }

    /// One loading, with what it has seen.
    private struct Loading {
        let environment: ConfigEnvironment
        var problems = Diagnostics()
        var filesRead: [String] = []
        var foldersRead: [String] = []
        /// By normalized path: where the file was asked for; nil for the main file.
        private var asked: [String: Span?] = [:]
        private var stack: [(identity: String, name: String)] = []
        private var allowance = Allowance()

        init(environment: ConfigEnvironment) { self.environment = environment }

        /// A file with all that it includes; nil when it cannot be read, which is reported.
        mutating func file(_ file: Included, at place: Span?) -> Node? {
            let identity = FilePaths.normalized(file.path)
            let name = FilePaths.normalized(file.name)
            if let index = stack.firstIndex(where: { $0.identity == identity }), let place {
                let way = stack[index...].dropFirst().map(\.name)
                problems.error(
                    "\(name) includes itself", at: place,
                    help: way.isEmpty ? nil : "By way of \(way.joined(separator: ", ")).")
                return nil
            }
            if let first = asked[identity], let place {
                problems.error(
                    "\(name) is included twice", at: place,
                    notes: first.map { [.init("the first time is here", at: $0)] } ?? [])
                return nil
            }
            guard asked.count < ConfigLoader.fileCount else {
                problems.error(
                    "more than \(ConfigLoader.fileCount) files are included", at: place ?? Span(file: file.name))
                return nil
            }
            asked[identity] = .some(place)
            guard let source = read(file, at: place) else { return nil }
            stack.append((identity, name))
            defer { stack.removeLast() }
            do throws(Diagnostics) {
                return including(
                    try YAMLReader.read(source, limits: &allowance.yaml), from: file, isMain: place == nil)
            } catch {
                problems.add(error)
                return nil
            }
        }

        private mutating func read(_ file: Included, at place: Span?) -> SourceFile? {
            let limit = allowance.yaml.fileSize
            do throws(ConfigEnvironment.ReadError) {
                let bytes = try environment.readFile(file.path, limit)
                filesRead.append(file.path)
                allowance.bytes -= bytes.count
                guard allowance.bytes >= 0 else {
                    let most = ByteSize(bytes: Allowance.bytes).configText
                    problems.error(
                        "the files of the configuration are larger than \(most) together",
                        at: place ?? Span(file: file.name), help: "Keep data out of it.")
                    return nil
                }
                return SourceFile(name: file.name, path: file.path, bytes: bytes)
            } catch {
                let what = place == nil ? "the configuration" : file.name
                problems.error("\(what) cannot be read: \(error.reason)", at: place ?? Span(file: file.name))
                return nil
            }
        }

        private mutating func including(_ root: Node, from origin: Included, isMain: Bool) -> Node? {
            guard let members = root.members else {
                problems.error(
                    "a configuration is a mapping of sections, not \(root.shownInMessages)", at: root.span.firstLine,
                    help: "It begins like `adapters:`.")
                return nil
            }
            if isMain, members.isEmpty {
                problems.error(
                    "the file is empty", at: Span(file: origin.name), help: "A configuration begins like `adapters:`.")
                return nil
            }
            if !isMain {
                for member in members where ConfigLoader.mainFileOnly.contains(member.name) {
                    problems.error(
                        "\"\(member.name)\" belongs in the main file", at: member.nameSpan,
                        help: "Included files have sections such as adapters, endpoints, templates and routes.")
                }
            }
            var result = root
            result.content = .mapping(members.filter { $0.name != "include" })
            guard let include = root["include"] else { return result }
            for (file, place) in included(by: include, from: origin) {
                // What is too large to go on with is told once.
                guard allowance.bytes >= 0, allowance.yaml.values > 0 else { break }
                if let other = self.file(file, at: place) { result = joining(result, other) }
            }
            return result
        }

        /// The files that `include:` names, in its order; those of a pattern by name.
        private mutating func included(by node: Node, from origin: Included) -> [(Included, Span)] {
            var expander = Expander(environment)
            let expanded = expander.expand(node)
            problems.add(expander.problems)
            guard let patterns = [String].read(expanded, &problems) else { return [] }
            let nodes = expanded.elements ?? [expanded]
            var files: [(Included, Span)] = []
            for (pattern, node) in zip(patterns, nodes) {
                let place = node.span
                let full = FilePaths.join(FilePaths.folder(of: origin.path), pattern)
                // What a reference stands for is not shown, so such a file is called by what is written.
                let isHidden = node.scalar?.hasReferences == true
                let written = isHidden ? node.scalar?.source ?? "" : pattern
                let shown = FilePaths.join(FilePaths.folder(of: origin.name), written)
                guard FilePaths.isPattern(full) else {
                    files.append((Included(path: full, name: shown), place))
                    continue
                }
                let before = problems.errorCount
                let found = matches(full, isHidden: isHidden, at: place)
                if found.isEmpty, problems.errorCount == before {
                    problems.warning("no file matches \(node.shownInMessages)", at: place)
                }
                let folders = (FilePaths.folder(of: origin.path), FilePaths.folder(of: origin.name))
                for path in found {
                    // The folder that a pattern starts from may have a name of its own.
                    let isBelow = folders.0 != folders.1 && path.hasPrefix(folders.0)
                    let name = isBelow ? folders.1 + path.dropFirst(folders.0.utf8.count) : path
                    let file = path.split(separator: "/").last.map(String.init) ?? ""
                    files.append((Included(path: path, name: isHidden ? "\(shown) (\(file))" : name), place))
                }
            }
            return files
        }

        private mutating func matches(_ pattern: String, isHidden: Bool, at place: Span) -> [String] {
            var paths = [pattern.hasPrefix("/") ? "/" : ""]
            let parts = pattern.split(separator: "/")
            for (index, part) in parts.enumerated() {
                guard FilePaths.isPattern(String(part)) else {
                    paths = paths.map { FilePaths.join($0, String(part)) }
                    continue
                }
                var next: [String] = []
                for folder in paths {
                    let listed = folder.isEmpty ? "." : folder
                    allowance.folders -= 1
                    guard allowance.folders >= 0 else { return tooMuch(at: place) }
                    if !foldersRead.contains(listed) { foldersRead.append(listed) }
                    do throws(ConfigEnvironment.ReadError) {
                        let all = try environment.listFolder(listed)
                        allowance.names -= all.count
                        guard allowance.names >= 0 else { return tooMuch(at: place) }
                        let names = all.filter { FilePaths.matches($0, part) }
                        next += names.sorted().map { FilePaths.join(folder, $0) }
                    } catch {
                        // Behind a pattern for folders, names that are files are simply not folders.
                        if index == 0 || !parts[..<index].contains(where: { FilePaths.isPattern(String($0)) }) {
                            let what = isHidden ? "a folder of this pattern" : "the folder \(listed)"
                            problems.error("\(what) cannot be read: \(error.reason)", at: place)
                        }
                    }
                }
                paths = next
            }
            return parts.isEmpty ? [] : paths
        }

        private mutating func tooMuch(at place: Span) -> [String] {
            problems.error(
                "the patterns of `include` look at too much", at: place,
                help:
                    "They may list \(Allowance.folders) folders with \(Allowance.names) names; name the folder.")
            return []
        }

        /// Two files' sections: mappings by name, lists one after the other.
        private mutating func joining(_ first: Node, _ second: Node) -> Node {
            var members = first.members ?? []
            // There are few sections, and there may be many names in each.
            for member in second.members ?? [] {
                guard let at = members.firstIndex(where: { $0.name == member.name }) else {
                    members.append(member)
                    continue
                }
                let known = members[at]
                switch (known.value.content, member.value.content) {
                case (.sequence(let a), .sequence(let b)):
                    members[at].value.content = .sequence(a + b)
                case (.mapping(var a), .mapping(let b)):
                    let places = Dictionary(a.map { ($0.name, $0.nameSpan) }, uniquingKeysWith: { first, _ in first })
                    for entry in b {
                        if let twin = places[entry.name] {
                            problems.error(
                                "\"\(entry.name)\" is given twice in \"\(member.name)\"", at: entry.nameSpan,
                                notes: [.init("the first is here", at: twin)])
                        } else {
                            a.append(entry)
                        }
                    }
                    members[at].value.content = .mapping(a)
                default:
                    problems.error(
                        "\"\(member.name)\" is given twice, and is not a mapping or a list in both files",
                        at: member.nameSpan, notes: [.init("the first is here", at: known.nameSpan)])
                }
            }
            var result = first
            result.content = .mapping(members)
            return result
        }

        /// `root` without its `environments`, under the one that is asked for.
        mutating func overlay(_ root: Node, _ name: String?) -> Node {
            guard let members = root.members else { return root }
            var base = root
            base.content = .mapping(members.filter { $0.name != "environments" })
            guard let environments = root["environments"] else {
                if let name {
                    problems.error(
                        "there is no environment \"\(name)\"", at: Span(file: root.span.source.name),
                        help: "The file has no section `environments:`.")
                }
                return base
            }
            guard let overlays = environments.members else {
                problems.error(
                    "\"environments\" must be a mapping of names to sections, not \(environments.shownInMessages)",
                    at: environments.span)
                return base
            }
            for overlay in overlays {
                for member in overlay.value.members ?? []
                where member.name == "include" || member.name == "environments" {
                    problems.error("\"\(member.name)\" is not allowed in an environment", at: member.nameSpan)
                }
                if overlay.value.members == nil {
                    problems.error(
                        "environment \"\(overlay.name)\" must be a mapping of sections, "
                            + "not \(overlay.value.shownInMessages)",
                        at: overlay.value.isNull ? overlay.nameSpan : overlay.value.span)
                }
            }
            guard let name else { return base }
            guard let chosen = environments[name] else {
                let names = overlays.map(\.name)
                problems.error(
                    "there is no environment \"\(name)\"", at: environments.nameSpan ?? environments.span.firstLine,
                    help: nearest(name, in: names).map { "Did you mean \"\($0)\"?" }
                        ?? "It has \(names.map { "\"\($0)\"" }.inWords("and")).")
                return base
            }
            return Overlay.lay(chosen, over: base, &problems)
        }
    }
}
