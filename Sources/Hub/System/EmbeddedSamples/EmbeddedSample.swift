import CSamples

/// A file in the `Samples` folder of an adapter, embedded in the program when it was built.
///
/// The data is constant, so any thread may read it.
package struct EmbeddedSample: Sendable {
    /// The name of the file, without `.json`.
    package let name: String
    /// The contents of the file.
    package let text: String

    /// The samples in the folder of one adapter, sorted by file name.
    package static func all(in folder: String) -> [EmbeddedSample] {
        var found: [EmbeddedSample] = []
        var index = 0
        while let sample = embedded_sample_at(index)?.pointee {
            index += 1
            guard String(cString: sample.folder) == folder else { continue }
            found.append(EmbeddedSample(name: String(cString: sample.name), text: String(cString: sample.text)))
        }
        return found
    }
}
