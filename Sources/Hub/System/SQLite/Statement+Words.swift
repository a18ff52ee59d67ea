internal import CSQLite

/// Blobs of 64-bit words, the least significant byte first.
extension Statement {
    package func bind(_ index: Int32, words: [UInt64]) throws(SQLiteError) {
        #if _endian(big)
            let words = words.map(\.littleEndian)
        #endif
        let code = words.withUnsafeBytes {
            hub_sqlite_bind_blob(handle, index, $0.baseAddress, Int32(clamping: $0.count))
        }
        try connection.check(code, sql)
    }

    /// The words of a blob; bytes at its end that make no whole word are left out.
    package func words(_ column: Int32) -> [UInt64] {
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column)) / 8
        let words = [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(start: bytes, count: count * 8))
            initialized = count
        }
        #if _endian(big)
            return words.map(UInt64.init(littleEndian:))
        #else
            return words
        #endif
    }
}
