// swift-tools-version: 6.2
// The manifest is the map: every room of the hub is a target, and a target sees only the rooms it names.
// docs/architecture.md explains the rooms; imports only point down this list.
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    // Tests run without these: there every access is checked, and what a check would find is found.
    .unsafeFlags(
        ["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A C library from Debian: a module map and typed inline shims, no Swift.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/Hub/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// The one Swift wrapper of a C library.
func wrapper(_ name: String, imports: [String]) -> Target {
    .target(
        name: name, dependencies: imports.map { .byName(name: $0) }, path: "Sources/Hub/System/\(name)",
        swiftSettings: strict)
}

/// A stop on a webhook's way through the hub. No raw pointer compiles here unmarked.
func room(_ name: String, as target: String? = nil, imports: [String]) -> Target {
    .target(
        name: target ?? "Hub\(name)", dependencies: imports.map { .byName(name: $0) }, path: "Sources/Hub/\(name)",
        swiftSettings: strict + [.strictMemorySafety()])
}

/// A provider module. It sees the adapter kit and nothing else of the hub.
func adapter(_ name: String) -> Target {
    .target(
        name: name, dependencies: ["AdapterKit"], path: "Sources/Adapters/\(name)",
        exclude: ["Samples"], swiftSettings: strict + [.strictMemorySafety()])
}

func tests(_ name: String, imports: [String], exclude: [String] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: imports.map { .byName(name: $0) }, path: "Tests/\(name)", exclude: exclude,
        resources: resources,
        swiftSettings: strict)
}

let adapters = ["Voqo", "Vapi", "OpenPhone", "Vogent", "Vocelio"]

let package = Package(
    name: "hub",
    products: [
        .executable(name: "hub", targets: ["hub"]),
        .executable(name: "hub-bench", targets: ["hub-bench"]),
        .executable(name: "template-bench", targets: ["template-bench"]),
        // Loaded into the hub by a test that counts what an event costs.
        .library(name: "counting", type: .dynamic, targets: ["CCounting"]),
    ],
    targets: [
        // C libraries
        library("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        library("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        library("CEvent", pkgConfig: "libevent_core", apt: "libevent-dev"),
        // From node-llhttp, which is sources only: compiled from where Debian puts them.
        .target(
            name: "CLLHTTP", path: "Sources/Hub/C/CLLHTTP",
            cSettings: [.headerSearchPath("."), .define("LLHTTP_STRICT_MODE", to: "1")]),
        // The handler of deadly signals.
        .target(name: "CDeath", path: "Sources/Hub/C/CDeath"),
        // The adapters' sample files, embedded.
        .target(name: "CSamples", path: "Sources/Hub/C/CSamples"),
        // Wrappers
        wrapper("Crypto", imports: ["COpenSSL"]),
        wrapper("YAML", imports: ["CYAML"]),
        wrapper("SQLite", imports: ["CSQLite"]),
        wrapper("HTTPSyntax", imports: []),
        wrapper("HTTPClient", imports: ["CCurl", "HTTPSyntax"]),
        wrapper("TLS", imports: ["COpenSSL"]),
        wrapper("EventLoop", imports: ["CEvent", "CLLHTTP", "HTTPSyntax", "TLS"]),
        wrapper("EmbeddedSamples", imports: ["CSamples"]),
        wrapper("Files", imports: ["CDeath"]),
        wrapper("Processes", imports: ["CDeath"]),
        // Rooms, from the ground up
        room("Model", imports: []),
        room("Templates", imports: ["HubModel", "Crypto"]),
        room("Config", imports: ["HubModel", "YAML", "Files"]),
        room(
            "AdapterKit", as: "AdapterKit",
            imports: ["HubModel", "HubConfig", "Crypto", "HTTPSyntax", "EmbeddedSamples"]),
        room("Store", imports: ["HubModel", "SQLite", "Files"]),
        room("Routing", imports: ["HubModel", "HubConfig", "HubTemplates"]),
        room(
            "Planning", imports: ["HubModel", "HubConfig", "AdapterKit", "HubRouting", "HubStore", "Crypto", "Files"]),
        room(
            "Delivery",
            imports: [
                "HubModel", "HubConfig", "HubTemplates", "HubRouting", "HubStore", "HubPlanning", "HTTPClient",
                "HTTPSyntax", "Crypto",
            ]),
        room(
            "Ingress",
            imports: ["HubModel", "HubConfig", "AdapterKit", "HubStore", "HubPlanning", "EventLoop"]),
        room(
            "Engine",
            imports: [
                "HubModel", "HubConfig", "HubTemplates", "AdapterKit", "HubRouting", "HubStore", "HubPlanning",
                "HubDelivery", "HubIngress", "EventLoop", "HTTPClient", "Files", "Processes", "TLS",
            ]),
        // Providers
    ] + adapters.map(adapter) + [
        .executableTarget(
            name: "hub",
            dependencies: [
                "HubModel", "HubConfig", "HubTemplates", "AdapterKit", "HubRouting", "HubStore", "HubPlanning",
                "HubDelivery", "HubIngress", "HubEngine", "EventLoop", "HTTPClient", "Crypto", "Processes",
            ].map { .byName(name: $0) } + adapters.map { .byName(name: $0) },
            path: "Sources/Hub/CLI", swiftSettings: strict + [.strictMemorySafety()],
            // An allocator that returns memory sooner and costs less under many threads.
            linkerSettings: [.linkedLibrary("jemalloc")]),
        // The load generator and sink of `make bench`
        .target(name: "CLinux", path: "Benchmarks/CLinux"),
        .executableTarget(
            name: "hub-bench", dependencies: ["CLinux", "CSQLite", "HubModel", "Crypto"], path: "Benchmarks/Load",
            swiftSettings: strict),
        .executableTarget(
            name: "template-bench", dependencies: ["HubTemplates", "HubModel"], path: "Benchmarks/Templates",
            exclude: ["compare.py"], swiftSettings: strict),
        // Tests, one target a room
        // Random numbers that a failing test can be repeated with
        .target(name: "TestRandom", path: "Tests/TestRandom", swiftSettings: strict),
        tests("ModelTests", imports: ["HubModel", "TestRandom"]),
        tests("YAMLTests", imports: ["YAML"]),
        tests("ConfigTests", imports: ["HubConfig", "HubModel", "TestRandom"], resources: [.copy("Cases")]),
        .target(
            name: "TemplateFuzz", dependencies: ["HubTemplates", "HubModel"], path: "Tests/TemplateFuzz",
            exclude: ["jinja.dict"], swiftSettings: strict),
        tests(
            "TemplateTests",
            imports: ["HubTemplates", "HubRouting", "HubModel", "TemplateFuzz", "TestRandom"],
            resources: [.copy("Cases")]),
        tests("RoutingTests", imports: ["HubRouting", "HubTemplates", "HubConfig", "HubModel", "TestRandom"]),
        tests("CryptoTests", imports: ["Crypto"]),
        tests("SQLiteTests", imports: ["SQLite"]),
        tests("HTTPSyntaxTests", imports: ["HTTPSyntax"]),
        .target(name: "Certificates", path: "Tests/Certificates", swiftSettings: strict),
        tests("EventLoopTests", imports: ["EventLoop", "TLS", "Certificates", "TestRandom"]),
        tests("HTTPClientTests", imports: ["HTTPClient"]),
        tests("WireTests", imports: ["EventLoop", "HTTPClient"]),
        .target(
            name: "InputFuzz",
            dependencies: (["EventLoop", "HubModel", "HubConfig", "HubEngine", "AdapterKit"] + adapters).map {
                .byName(name: $0)
            }, path: "Tests/InputFuzz", exclude: ["Corpus"], swiftSettings: strict),
        tests("InputFuzzTests", imports: ["InputFuzz"]),
        .target(name: "CCounting", path: "Tests/CCounting"),
        .target(name: "CFaultyDisk", dependencies: ["CSQLite"], path: "Tests/CFaultyDisk"),
        tests("StoreTests", imports: ["HubModel", "HubStore", "SQLite", "Files", "CFaultyDisk", "TestRandom"]),
        tests(
            "AdapterTests", imports: ["AdapterKit", "HubModel", "HubConfig", "Crypto", "TestRandom"] + adapters,
            exclude: ["Fixtures", "Vectors"]),
        tests(
            "DeliveryTests",
            imports: ["HubDelivery", "HubModel", "HubPlanning", "HubRouting", "HubStore", "TestRandom"]),
        tests(
            "EngineTests",
            imports: [
                "HubEngine", "HubConfig", "HubIngress", "HubPlanning", "HubRouting", "HubDelivery", "HubStore",
                "HubModel", "AdapterKit", "Voqo", "Vocelio",
            ]),
        tests(
            "EndToEndTests",
            imports: [
                "hub", "EventLoop", "HTTPClient", "HubModel", "HubConfig", "AdapterKit", "Processes", "Certificates",
            ] + adapters),
    ],
    swiftLanguageModes: [.v6]
)

// `make fuzz`: what reads input from outside is built so that libFuzzer sees which paths an input takes.
if Context.environment["HUB_FUZZ"] != nil {
    let watched =
        [
            "HubModel", "HubTemplates", "HubConfig", "HubRouting", "HubEngine", "HubIngress", "HubDelivery",
            "AdapterKit",
            "EventLoop", "YAML", "TemplateFuzz", "InputFuzz",
        ] + adapters
    package.targets.removeAll { $0.type == .test || $0.type == .executable }
    for target in package.targets where watched.contains(target.name) {
        target.swiftSettings =
            (target.swiftSettings ?? []) + [
                .define("HUB_FUZZ"), .unsafeFlags(["-sanitize=fuzzer", "-enable-testing"]),
            ]
    }
    for target in package.targets where target.name == "CLLHTTP" {
        target.cSettings = (target.cSettings ?? []) + [.unsafeFlags(["-fsanitize=fuzzer-no-link"])]
    }
    package.products = ["TemplateFuzz", "InputFuzz"].map { .library(name: $0, type: .static, targets: [$0]) }
}
