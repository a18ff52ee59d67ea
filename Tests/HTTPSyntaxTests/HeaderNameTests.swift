import HTTPSyntax
import Testing

@Suite struct HeaderNameTests {
    @Test(
        "a name that is no token, or that frames the request, is refused",
        arguments: [
            ("X-Order", nil), ("x_order", nil), ("!#$%&'*+-.^_`|~09az", nil), ("Content-Type", nil), ("Hosts", nil),
            ("", .malformed), ("X(Y)", .malformed), ("X Y", .malformed), ("X:Y", .malformed), ("X\r\nY", .malformed),
            ("Größe", .malformed), ("X\0", .malformed), ("X/Y", .malformed), ("\"X\"", .malformed),
            ("Host", .reserved), ("content-length", .reserved), ("TRANSFER-ENCODING", .reserved),
            ("Connection", .reserved), ("Expect", .reserved), ("upgrade", .reserved), ("Trailer", .reserved),
        ] as [(String, HeaderName.Refusal?)])
    func names(name: String, refusal: HeaderName.Refusal?) {
        #expect(HeaderName.refusal(of: name) == refusal)
    }
}
