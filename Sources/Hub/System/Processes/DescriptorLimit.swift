import Glibc

/// How many descriptors this process may have open at once: files, sockets and pipes together.
package enum DescriptorLimit {
    /// More than the hub can use. A hard limit may be a thousand million, and some libraries walk through all of them.
    private static let mostUseful: rlim_t = 65_536

    /// Raises the soft limit as far as the system lets this process, and gives the limit that holds from now on.
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let wanted = min(limit.rlim_max, mostUseful)
        if limit.rlim_cur < wanted {
            let before = limit.rlim_cur
            limit.rlim_cur = wanted
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(min(limit.rlim_cur, mostUseful))
    }
}
