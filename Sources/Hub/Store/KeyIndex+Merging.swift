import HubModel
import SQLite

/// The work behind the index: blocks become runs, runs are merged, what leads nowhere is dropped. A step writes one part of
/// one run in one transaction, with everything that a reader or a restart needs to find it.
extension KeyIndex {
    /// What is known of webhooks before the retention's edge.
    struct Survivors {
        let edge: SequenceNumber
        /// The oldest webhook of all, once it has been asked for.
        private var oldest: SequenceNumber?

        init(before edge: SequenceNumber) { self.edge = edge }

        /// Whether an entry that leads there is still good.
        mutating func holds(_ webhook: SequenceNumber, _ index: KeyIndex) throws(SQLiteError) -> Bool {
            if webhook >= edge { return true }
            if oldest == nil { oldest = try index.oldest() }
            guard let oldest, webhook >= oldest else { return false }
            return try index.exists(webhook)
        }
    }

    private func oldest() throws(SQLiteError) -> SequenceNumber {
        defer { oldestWebhook.reset() }
        guard try oldestWebhook.step(), !oldestWebhook.isNull(0) else { return .max }
        return oldestWebhook.integer(0)
    }

    private func exists(_ webhook: SequenceNumber) throws(SQLiteError) -> Bool {
        defer { findWebhook.reset() }
        try findWebhook.bind(1, webhook)
        return try findWebhook.step()
    }

    // MARK: What to do

    /// The run to write a part of: the block in memory first, then the newest merges, since new runs wait for them most.
    func nextJob() throws(SQLiteError) -> KeyRun? {
        let underWay = runs.filter { !$0.isWhole }
        if let frozen {
            if let job = underWay.first(where: { $0.isOfMemory }) { return job }
            // A block that is written but not committed yet has no job left.
            if !isFlushed { return try begin([], level: 0, entries: frozen.count) }
        }
        for level in 0...shape.topLevel {
            if let job = underWay.first(where: { !$0.isRewriting && !$0.isOfMemory && $0.inputLevel == level }) {
                return job
            }
            if let inputs = mergeable(level) {
                let entries = inputs.reduce(0) { $0 + $1.entries }
                let job = try begin(inputs, level: min(level + 1, shape.topLevel), entries: entries)
                job.inputLevel = level
                return job
            }
        }
        return underWay.first { $0.isRewriting }
    }

    /// The oldest neighbours of a level that are due to be merged.
    private func mergeable(_ level: Int) -> [KeyRun]? {
        guard runs.count >= shape.fanout else { return nil }
        for start in stride(from: runs.count - shape.fanout, through: 0, by: -1) {
            let window = runs[start..<start + shape.fanout]
            guard window.allSatisfy({ $0.level == level && $0.isWhole && !$0.isInput }) else { continue }
            if level < shape.topLevel || window.reduce(0, { $0 + $1.entries }) <= shape.largest { return Array(window) }
        }
        return nil
    }

    func begin(_ inputs: [KeyRun], level: Int, entries: Int) throws(SQLiteError) -> KeyRun {
        let number = lastRun + 1
        // Not so few parts that a step has to remove very many.
        let parts = max(shape.parts(of: entries, level: level), (inputs.map(\.parts.count).max() ?? 0) / 16)
        let run = KeyRun(
            number: number, age: inputs.first?.age ?? number, since: inputs.last?.age ?? number + 1, level: level,
            edge: edge, log: inputs.first?.log ?? frozenLog, parts: parts, blocksPerPart: shape.blocksPerPart)
        try insertRun.bind(1, run.number)
        try insertRun.bind(2, run.age)
        try insertRun.bind(3, run.since)
        try insertRun.bind(4, run.level)
        try insertRun.bind(5, run.edge)
        try insertRun.bind(6, run.log)
        try insertRun.bind(7, run.parts.count)
        try insertRun.bind(8, run.blocksPerPart)
        try insertRun.bind(9, run.oldest)
        try insertRun.run()
        let before = runs
        undo.append { [self] in
            (runs, lastRun) = (before, number - 1)
            for input in inputs { input.isInput = false }
        }
        lastRun = number
        for input in inputs { input.isInput = true }
        runs.insert(run, at: runs.firstIndex { run.isBefore($0) } ?? runs.endIndex)
        return run
    }

    // MARK: A step

    /// Writes the next part of a run and removes what it replaces. Returns how many entries it took.
    func step(_ run: KeyRun, _ survivors: inout Survivors) throws(SQLiteError) -> Int {
        let range = places(of: run.built, in: run.parts.count)
        var sources: [KeyColumns] = []
        let inputs = runs.filter { run.replaces($0) }
        if run.isOfMemory, let frozen {
            sources = [frozen.entries(from: range.first, through: range.last)]
        } else {
            for input in inputs { sources.append(try read(input, range)) }
        }
        let taken = sources.reduce(0) { $0 + $1.count }
        while sources.count > 1 {
            sources = stride(from: 0, to: sources.count, by: 2).map { at in
                at + 1 < sources.count ? KeyColumns.merge(sources[at], sources[at + 1]) : sources[at]
            }
        }
        var columns = sources.first ?? KeyColumns()
        if survivors.edge > 0, !inputs.isEmpty {
            columns = try columns.filtered { webhook throws(SQLiteError) in try survivors.holds(webhook, self) }
        }
        try write(columns, to: run)
        for input in inputs { try remove(from: input, through: range.last) }
        if run.isWhole {
            for input in inputs { try delete(input) }
            if inputs.isEmpty, frozen != nil {
                isFlushed = true
                undo.append { [self] in isFlushed = false }
                settle.append { [self] in
                    isFlushed = false
                    flushed()
                }
            }
        }
        return taken + 1
    }

    /// The entries of a run in a range of places.
    private func read(_ run: KeyRun, _ range: (first: UInt64, last: UInt64)) throws(SQLiteError) -> KeyColumns {
        var columns = KeyColumns()
        let count = run.parts.count
        for number in share(of: range.first, in: count)...share(of: range.last, in: count) {
            guard let part = run.parts[number], let last = part.page(of: range.last) else { continue }
            for page in (part.page(of: range.first) ?? 0)...last {
                columns.append(page: try pages.read(part.slots[page]), from: range.first, through: range.last)
            }
        }
        return columns
    }

    /// Writes entries as the run's next part.
    func write(_ columns: KeyColumns, to run: KeyRun) throws(SQLiteError) {
        let number = run.built
        let before = (run.built, run.entries, run.oldest, run.newest)
        undo.append {
            (run.built, run.entries, run.oldest, run.newest) = before
            run.parts[number] = nil
            run.filter.clear(run.blocks(of: number))
        }
        if columns.count > 0 {
            run.filter.insert(columns.places)
            var part = KeyRun.Part(count: columns.count, filter: 0, firsts: [], slots: [])
            for start in stride(from: 0, to: columns.count, by: pages.entriesPerPage) {
                let end = min(columns.count, start + pages.entriesPerPage)
                part.firsts.append(columns.places[start])
                part.slots.append(try pages.write(columns, start..<end))
            }
            part.filter = try pages.write(run.filter.words(run.blocks(of: number)))
            try insertPart.bind(1, KeyRun.partID(run.number, number))
            try insertPart.bind(2, words: part.words)
            try insertPart.run()
            run.parts[number] = part
            run.entries += columns.count
            for word in columns.webhooks {
                let webhook = Int64(bitPattern: word)
                run.oldest = min(run.oldest, webhook)
                run.newest = max(run.newest, webhook)
            }
        }
        run.built += 1
        try updateRun.bind(1, run.number)
        try updateRun.bind(2, run.built)
        try updateRun.bind(3, run.entries)
        try updateRun.bind(4, run.oldest)
        try updateRun.bind(5, run.newest)
        try updateRun.run()
    }

    /// Removes the parts that lie wholly before or at a place.
    private func remove(from run: KeyRun, through place: UInt64) throws(SQLiteError) {
        let before = run.replaced
        undo.append { run.replaced = before }
        while run.replaced < run.parts.count, places(of: run.replaced, in: run.parts.count).last <= place {
            try remove(run.replaced, of: run)
            run.replaced += 1
        }
    }

    private func remove(_ number: Int, of run: KeyRun) throws(SQLiteError) {
        guard let part = run.parts[number] else { return }
        try deletePart.bind(1, KeyRun.partID(run.number, number))
        try deletePart.run()
        pages.release(part)
        run.parts[number] = nil
        undo.append { run.parts[number] = part }
        settle.append { run.filter.clear(run.blocks(of: number)) }
    }

    /// Forgets a run that has no parts any more.
    private func delete(_ run: KeyRun) throws(SQLiteError) {
        try deleteRun.bind(1, run.number)
        try deleteRun.run()
        let before = runs
        undo.append { [self] in runs = before }
        runs.removeAll { $0 === run }
    }

    // MARK: Runs that have grown old

    /// Removes the oldest run that leads to nothing any more, about `limit` entries at a time. True when some of it is left.
    func drop(limit: Int) throws(SQLiteError) -> Bool {
        for run in runs.reversed() where run.isWhole && !run.isInput && run.newest < edge {
            guard try !isNeeded(run) else { continue }
            var budget = limit
            for number in run.parts.indices.reversed() {
                guard let part = run.parts[number] else { continue }
                guard budget > 0 else { return true }
                budget -= part.count
                try remove(number, of: run)
            }
            try delete(run)
            return true
        }
        return false
    }

    /// Whether a webhook between the run's oldest and newest exists.
    private func isNeeded(_ run: KeyRun) throws(SQLiteError) -> Bool {
        guard run.oldest <= run.newest else { return false }
        return try connection.integer(
            "SELECT 1 FROM webhooks WHERE seq >= \(run.oldest) AND seq <= \(run.newest) LIMIT 1") != nil
    }

    /// Begins to write a run anew whose older half, about, has passed the edge, or that has become sparse. True when there
    /// is such a run.
    func beginRewriting() throws(SQLiteError) -> Bool {
        if runs.contains(where: { !$0.isWhole && $0.isRewriting }) { return true }
        for run in runs.reversed() where run.isWhole && !run.isInput {
            let from = max(run.oldest, run.edge)
            let isHalfGone = from < min(edge, run.newest) && min(edge, run.newest) - from >= (run.newest - from) / 2
            guard isHalfGone || run.isSparse(shape) else { continue }
            _ = try begin([run], level: run.level, entries: run.entries)
            return true
        }
        return false
    }
}
