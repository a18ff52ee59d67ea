# Everything from a fresh Debian 12 with a Swift 6.3 toolchain.
CONFIG ?= adapters.yaml
HUB := .build/release/hub
FUZZ_SECONDS ?= 60
PACKAGES := libssl-dev libyaml-dev libsqlite3-dev libcurl4-openssl-dev libevent-dev node-llhttp zlib1g-dev libjemalloc-dev pkg-config ca-certificates tzdata strace openssl curl util-linux
SOURCES := Package.swift Sources Tests Benchmarks

.DEFAULT_GOAL := help
.PHONY: help packages build run test samples fuzz fuzz-input fuzz-templates format lint bench bench-peers bench-templates

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

packages: ## Install the Debian packages that are missing
	@missing=""; for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		echo "Installing$$missing"; \
		sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
		$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi

build: packages ## Build the hub (release): one file, with the Swift runtime in it
	swift build -c release --static-swift-stdlib --product hub

run: build ## Build and run a hub with the example configuration: no secrets needed, loopback only
	$(HUB) run $(CONFIG) --dev

# The program as it is released is built too: what an event costs is counted with it.
test: packages lint build ## Check the format, build and run every test
	swift build -c release --static-swift-stdlib --product counting
	swift build --build-tests
	HUB_COUNTED=$(HUB) HUB_COUNTING=.build/release/libcounting.so swift test --skip-build

# The compiler embeds the files named in the list. A test fails when the list and the folders disagree.
samples: ## List the adapters' sample files for the compiler
	@cd Sources/Adapters && ls */Samples/*.json | LC_ALL=C sort | \
		sed -e '1i // Written by `make samples`.' -e 's|\(.*\)/Samples/\(.*\).json|{"\1", "\2", (const unsigned char[]){\n#embed "../../../Adapters/&" suffix(, 0) if_empty(0)\n}},|' \
		> ../Hub/C/CSamples/list.h

# What it finds is put in .build/fuzz: `crash-*` and `timeout-*` are mistakes, to be kept in Cases/fuzz or InputFuzz/Corpus once
# they are mended. Each subject has FUZZ_SECONDS.
FUZZ_SUBJECTS ?= templates request json configuration decode proof

fuzz: packages ## Search for input that crashes, hangs or breaks a promise, FUZZ_SECONDS for each of FUZZ_SUBJECTS
	for subject in $(FUZZ_SUBJECTS); do \
		case $$subject in templates) $(MAKE) fuzz-templates ;; *) $(MAKE) fuzz-input SUBJECT=$$subject ;; esac || exit 1; \
	done

fuzz-input:
	HUB_FUZZ=1 swift build -c release --product InputFuzz --scratch-path .build/fuzz-build
	swiftc -sanitize=fuzzer -o .build/input-fuzz .build/fuzz-build/release/libInputFuzz.a \
		-lssl -lcrypto -lyaml -lsqlite3 -lcurl -levent_core
	mkdir -p .build/fuzz/$(SUBJECT)
	HUB_FUZZ_SUBJECT=$(SUBJECT) .build/input-fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=5 \
		-rss_limit_mb=2048 -artifact_prefix=.build/fuzz/$(SUBJECT)- -print_final_stats=1 \
		.build/fuzz/$(SUBJECT) Tests/InputFuzz/Corpus/$(SUBJECT)

fuzz-templates:
	HUB_FUZZ=1 swift build -c release --product TemplateFuzz --scratch-path .build/fuzz-build
	swiftc -sanitize=fuzzer -o .build/template-fuzz .build/fuzz-build/release/libTemplateFuzz.a -lssl -lcrypto
	mkdir -p .build/fuzz/corpus
	ulimit -s 1024; .build/template-fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=5 -rss_limit_mb=1024 \
		-dict=Tests/TemplateFuzz/jinja.dict -artifact_prefix=.build/fuzz/ -print_final_stats=1 \
		.build/fuzz/corpus Tests/TemplateTests/Cases/fuzz

format: ## Format the Swift sources
	swift format --in-place --recursive --parallel $(SOURCES)

lint: ## Check the format of the Swift sources
	swift format lint --strict --recursive --parallel $(SOURCES)

bench: build ## Measure all scenarios, about a quarter of an hour (BENCH="rate --rate 5000" for one)
	swift build -c release --static-swift-stdlib --product hub-bench
	.build/release/hub-bench $(BENCH)

bench-peers: packages ## Install what the hub is compared with: nginx, PostgreSQL, Python packages
	@missing=""; for p in nginx-light postgresql python3-venv; do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		sudo=$$( [ "$$(id -u)" = 0 ] || echo sudo ); \
		$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi
	test -d .build/python || python3 -m venv .build/python
	.build/python/bin/pip install --quiet -r Benchmarks/Peers/requirements.txt

bench-templates: packages ## Compare the template engine with Jinja2 and MiniJinja
	swift build -c release --product template-bench
	test -d .build/python || python3 -m venv .build/python
	.build/python/bin/pip install --quiet jinja2 minijinja
	.build/python/bin/python Benchmarks/Templates/compare.py .build/release/template-bench
