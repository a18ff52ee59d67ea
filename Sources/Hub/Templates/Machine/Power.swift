#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The one function of the C library that arithmetic needs.
enum Power {
    static func raise(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
