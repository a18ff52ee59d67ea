internal import CDeath

/// What the process does with signals that end it.
package enum DeadlySignals {
    /// From now on such a signal ends the process at once, after one line that holds nothing of what was in memory.
    ///
    /// The Swift runtime may have been told by the environment to report crashes; such reports show registers, and
    /// a signal from outside leaves the process spinning.
    package static func endPromptly() { hub_death_prepare() }
}
