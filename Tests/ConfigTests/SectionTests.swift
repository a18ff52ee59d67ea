import HubModel
import Testing

@testable import HubConfig

@Suite struct SectionTests {
    private func section(_ text: String) throws -> Section {
        var problems = Diagnostics()
        return Section(try node(text), of: "adapter \"acme\"", fields: Sample.fields, &problems)
    }

    @Test func `settings are read by their keys, with defaults`() throws {
        let settings = try section("secret: s3cr3t\norder: per_call\nretry: {max_attempts: 3}\nallow: 10.0.0.0/8\n")
        #expect(try settings[Sample.secret].revealed() == "s3cr3t")
        #expect(try settings[Sample.tolerance] == .seconds(300))
        #expect(try settings[Sample.order] == .perCall)
        #expect(try settings[Sample.retry]?.attempts == 3)
        #expect(try settings[Sample.retry]?.delay == .seconds(1))
        #expect(try settings[Sample.allow].count == 1)
        #expect(try settings[Sample.url] == nil)
        #expect(try settings[Sample.body] == nil)
        #expect(settings.isGiven(Sample.order))
        #expect(!settings.isGiven(Sample.url))
        #expect(settings.span(of: Sample.order).start.description == "t.yaml:2:8")
    }

    @Test func `reading several settings reports all that are wrong`() throws {
        let settings = try section("tolerance: 5\nenabled: yes\n")
        let error = #expect(throws: Diagnostics.self) {
            _ = try settings.read(Sample.secret, Sample.tolerance, Sample.enabled, Sample.order)
        }
        #expect(error?.count == 3)
    }

    @Test func `a section that needs nothing may be absent, one that needs something may not`() throws {
        struct Strict: ConfigSection {
            static let fields = [Sample.secret.field]
            init(_ section: Section) throws(ConfigError) { _ = try section[Sample.secret] }
        }
        let lenient = Key<Retry>("lenient", "Retries.")
        let strict = Key<Strict>("strict", "Proof.")
        #expect(!lenient.field.isRequired)
        #expect(lenient.defaultValue?.attempts == 5)
        #expect(strict.field.isRequired)
        var problems = Diagnostics()
        let section = Section(try node("x-a: 1\n"), of: "it", fields: [lenient.field, strict.field], &problems)
        #expect(problems.description == "t.yaml:1:1: error: it needs \"strict\". strict: Proof.")
        #expect(try section[lenient].attempts == 5)
    }

    @Test func `an error of a section's own stands at the setting`() throws {
        let settings = try section("secret: s3cr3t\nport: 80\n")
        #expect(settings.error("it is taken", at: Sample.port).description == "t.yaml:2:7: error: it is taken")
        #expect(
            settings.error("it is taken", help: "Choose another.").description
                == "t.yaml:1:1: error: it is taken. Choose another.")
    }

    @Test func `a section that is not there is reported where it should be`() throws {
        let root = try node("adapters:\n  acme:\n")
        let acme = try #require(root["adapters"]?["acme"])
        var problems = Diagnostics()
        _ = Section(acme, of: "adapter \"acme\"", fields: Sample.fields, &problems)
        #expect(
            problems.description.hasPrefix(
                "t.yaml:2:3: error: nothing is given for adapter \"acme\". Settings: secret, "))
        problems = Diagnostics()
        _ = Section(
            .empty("acme", at: acme.nameSpan ?? acme.span), of: "adapter \"acme\"", fields: Sample.fields, &problems)
        #expect(problems.description.hasPrefix("t.yaml:2:3: error: adapter \"acme\" needs \"secret\""))
    }

    @Test func `diagnostics are also JSON`() throws {
        var problems = Diagnostics()
        problems.error(
            "wrong", at: Span(SourceFile(name: "t.yaml", text: "a: é1\n"), 3..<6), help: "Do.",
            notes: [.init("here", at: Span(file: "u.yaml"))])
        problems.warning("odd", at: Span(file: "u.yaml"))
        #expect(
            String(decoding: problems.json.encoded(), as: UTF8.self)
                == #"[{"file":"t.yaml","line":1,"column":4,"end_line":1,"end_column":6,"offset":3,"length":3,"severity":"error","message":"wrong","help":"Do.","notes":[{"file":"u.yaml","message":"here"}]},{"file":"u.yaml","severity":"warning","message":"odd"}]"#
        )
    }

    @Test func `marks stand under what they mean in lines with tabs and wide characters`() {
        let source = SourceFile(name: "t.yaml", text: "\t漢字 e\u{301}🦊: wrong\n")
        let at = source.bytes.firstIndex(of: UInt8(ascii: "w")) ?? 0
        let diagnostic = Diagnostic.error("wrong", at: Span(source, at..<at + 5))
        #expect(
            diagnostic.rendered() == """
                t.yaml:1:10: error: wrong
                  1 |     漢字 e\u{301}🦊: wrong
                    |               ^^^^^
                """)
    }

    @Test func `a page of the manual follows from the keys`() {
        #expect(
            ReferencePage.section(
                "endpoints.<name>", "Where deliveries go.",
                fields: [
                    Sample.secret.field, Sample.tolerance.field, Sample.order.field, Sample.retry.field,
                    Sample.port.field,
                    Sample.headers.field, Sample.path.field,
                ]) == """
                    ## `endpoints.<name>`

                    Where deliveries go.

                    | Key | Type | Default | Meaning |
                    | --- | --- | --- | --- |
                    | `secret` | secret | *required* | Signing secret, from Acme's webhook page. |
                    | `tolerance` | duration such as 10s, 5m or 2h | `5m` | Oldest timestamp to accept. |
                    | `order` | per_call or none | – | Which deliveries wait for each other. |
                    | `retry` | section | – | When a failed delivery is sent again. See [`endpoints.<name>.retry`](#endpointsnameretry). |
                    | `port` | whole number, 1 to 65535 | – | Where to listen. |
                    | `headers` | mapping of names to text | `{}` | Headers to add. |
                    | `path` | text | – | Where webhooks come in \\| by default the name. |

                    ### `endpoints.<name>.retry`

                    When a failed delivery is sent again.

                    | Key | Type | Default | Meaning |
                    | --- | --- | --- | --- |
                    | `max_attempts` | whole number, 1 to 100 | `5` | The maximum number of attempts before a delivery is dead. |
                    | `initial_delay` | duration such as 10s, 5m or 2h, 0s to 1h | `1s` | First pause. |
                    | `max_delay` | duration such as 10s, 5m or 2h | `5m` | Longest pause. |

                    """)
    }
}
