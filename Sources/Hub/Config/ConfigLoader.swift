import HubModel

/// Reads a configuration whole: the file, what it includes, the overlay of one environment, references expanded.
///
/// Nothing is guessed: a file that cannot be read is an error, never a reason to go on with defaults.
public struct ConfigLoader: Sendable {
    /// Sections that only the main file may have.
    public static let mainFileOnly = ["hub", "environments"]
    private static let fileCount = 256

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
        guard let main = loading.file(path, at: nil) else { return (nil, loading.problems) }
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

    /// One loading, with what it has seen.
    private struct Loading {
        let environment: ConfigEnvironment
        var problems = Diagnostics()
        var filesRead: [String] = []
        var foldersRead: [String] = []
        /// By normalized path: where the file was asked for; nil for the main file.
        private var asked: [String: Span?] = [:]
        private var stack: [String] = []

        init(environment: ConfigEnvironment) { self.environment = environment }

        /// A file with all that it includes; nil when it cannot be read, which is reported.
        mutating func file(_ path: String, at place: Span?) -> Node? {
            let identity = FilePaths.normalized(path)
            if stack.contains(identity), let place {
                let way = stack.drop { $0 != identity }.dropFirst()
                problems.error(
                    "\(identity) includes itself", at: place,
                    help: way.isEmpty ? nil : "By way of \(way.joined(separator: ", ")).")
                return nil
            }
            if let first = asked[identity], let place {
                problems.error(
                    "\(identity) is included twice", at: place,
                    notes: first.map { [.init("the first time is here", at: $0)] } ?? [])
                return nil
            }
            guard asked.count < ConfigLoader.fileCount else {
                problems.error("more than \(ConfigLoader.fileCount) files are included", at: place ?? Span(file: path))
                return nil
            }
            asked[identity] = .some(place)
            guard let source = read(path, at: place) else { return nil }
            stack.append(identity)
            defer { stack.removeLast() }
            do throws(Diagnostics) {
                return including(try YAMLReader.read(source), from: path, isMain: place == nil)
            } catch {
                problems.add(error)
                return nil
            }
        }

        private mutating func read(_ path: String, at place: Span?) -> SourceFile? {
            let limit = YAMLLimits().fileSize
            do throws(ConfigEnvironment.ReadError) {
                let bytes = try environment.readFile(path, limit)
                filesRead.append(path)
                return SourceFile(name: path, bytes: bytes)
            } catch {
                let what = place == nil ? "the configuration" : path
                problems.error("\(what) cannot be read: \(error.reason)", at: place ?? Span(file: path))
                return nil
            }
        }

        private mutating func including(_ root: Node, from path: String, isMain: Bool) -> Node? {
            guard let members = root.members else {
                problems.error(
                    "a configuration is a mapping of sections, not \(root.shownInMessages)", at: root.span.firstLine,
                    help: "It begins like `adapters:`.")
                return nil
            }
            if isMain, members.isEmpty {
                problems.error(
                    "the file is empty", at: Span(file: path), help: "A configuration begins like `adapters:`.")
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
            for (file, place) in included(by: include, from: path) {
                if let other = self.file(file, at: place) { result = joining(result, other) }
            }
            return result
        }

        /// The files that `include:` names, in its order; those of a pattern by name.
        private mutating func included(by node: Node, from path: String) -> [(String, Span)] {
            var expander = Expander(environment)
            let expanded = expander.expand(node)
            problems.add(expander.problems)
            guard let patterns = [String].read(expanded, &problems) else { return [] }
            let places = expanded.elements?.map(\.span) ?? [expanded.span]
            var files: [(String, Span)] = []
            for (pattern, place) in zip(patterns, places) {
                let full = FilePaths.join(FilePaths.folder(of: path), pattern)
                guard FilePaths.isPattern(full) else {
                    files.append((full, place))
                    continue
                }
                let before = problems.errorCount
                let found = matches(full, at: place)
                if found.isEmpty, problems.errorCount == before {
                    problems.warning("no file matches \"\(pattern)\"", at: place)
                }
                files += found.map { ($0, place) }
            }
            return files
        }

        private mutating func matches(_ pattern: String, at place: Span) -> [String] {
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
                    if !foldersRead.contains(listed) { foldersRead.append(listed) }
                    do throws(ConfigEnvironment.ReadError) {
                        let names = try environment.listFolder(listed).filter { FilePaths.matches($0, part) }
                        next += names.sorted().map { FilePaths.join(folder, $0) }
                    } catch {
                        // Behind a pattern for folders, names that are files are simply not folders.
                        if index == 0 || !parts[..<index].contains(where: { FilePaths.isPattern(String($0)) }) {
                            problems.error("the folder \(listed) cannot be read: \(error.reason)", at: place)
                        }
                    }
                }
                paths = next
            }
            return parts.isEmpty ? [] : paths
        }

        /// Two files' sections: mappings by name, lists one after the other.
        private mutating func joining(_ first: Node, _ second: Node) -> Node {
            var members = first.members ?? []
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
                    for entry in b {
                        if let twin = a.first(where: { $0.name == entry.name }) {
                            problems.error(
                                "\"\(entry.name)\" is given twice in \"\(member.name)\"", at: entry.nameSpan,
                                notes: [.init("the first is here", at: twin.nameSpan)])
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
