import Testing

@testable import HubDelivery

@Suite("What printed values may do to a URL")
struct URLShapeTests {
    private static let template = "http://host/users/{{ raw.u }}/notes?q={{ raw.q }}"

    @Test(
        "a value never makes another path of it",
        arguments: [
            "http://host/users/../notes", "http://host/users/./notes", "http://host/users/%2e%2e/notes",
            "http://host/users/.%2E/notes", "http://host/users/..%2Fadmin/notes", "http://host/users/a%2F..%2Fb/notes",
            "http://host/users/..%5Cadmin/notes", "http://host/users/..;x=1/notes", "http://host/users//notes",
        ])
    func refused(url: String) throws {
        let shape = try #require(URLShape(template: Self.template))
        let problem = try #require(shape.problem(with: url))
        #expect(problem.contains("lead elsewhere"))
    }

    @Test(
        "what is only a value stays",
        arguments: [
            "http://host/users/1/notes", "http://host/users/.hidden/notes", "http://host/users/.../notes",
            "http://host/users/a..b/notes?q=../..", "http://host/users/%252e%252e/notes",
            "http://host/users/a%2Fb/notes",
            "http://host/users/a%20b/notes?q=", "http://host/users/%2B15551234/notes",
        ])
    func allowed(url: String) throws {
        #expect(try #require(URLShape(template: Self.template)).problem(with: url) == nil)
    }

    @Test("an empty last segment is not what the file says; where statements decide, nobody can tell")
    func empty() throws {
        #expect(try #require(URLShape(template: "http://h/users/{{ raw.u }}")).problem(with: "http://h/users/") != nil)
        #expect(try #require(URLShape(template: "http://h/users{{ raw.u }}")).problem(with: "http://h/users") == nil)
        let statements = try #require(URLShape(template: "http://h/{% if a %}b/{% endif %}{{ c }}"))
        #expect(statements.problem(with: "http://h/b/") == nil)
        #expect(statements.problem(with: "http://h/../b") != nil)
    }

    @Test("a host that is printed is a host", arguments: ["http://a%2Fb.example.com/x", "http:///x", "http://u@h/x"])
    func host(url: String) throws {
        #expect(try #require(URLShape(template: "http://{{ raw.h }}/x")).problem(with: url) != nil)
    }

    @Test("a URL without values has no shape to keep") func fixed() {
        #expect(URLShape(template: "http://h/../x") == nil)
    }

    @Test(
        "what no request can be sent to is known from the file",
        arguments: [
            "http://[::1", "http://a:b@h/", "http://h:99999/", "http://", "https://h:x/", "http://a b/",
            "http://h/a/../b", "http://h/{{ x }}/./y", "http://h/%2e%2e/{{ x }}", "http://u@{{ x }}/",
            "http://[::1/{{ x }}",
        ])
    func files(text: String) { #expect(URLShape.problem(inFixedPartOf: text) != nil) }

    @Test(
        "what can be is left alone",
        arguments: [
            "http://h", "https://h.example:8443/a?b=../c", "http://[::1]:80/", "http://{{ x }}/y", "http://h{{ x }}:1/",
            "http://h/{{ x }}", "http://h/{% if a %}..{% endif %}",
        ])
    func goodFiles(text: String) { #expect(URLShape.problem(inFixedPartOf: text) == nil, "\(text)") }
}
