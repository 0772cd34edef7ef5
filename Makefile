# Everything a person types. `make` alone lists it.

PORT ?= 8080
TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
BIN := $(TARGET)/debug/amtstermin
DENY_VERSION := 0.18.9
DENY := $(TARGET)/tools/bin/cargo-deny
TESTER := $(shell cargo nextest --version >/dev/null 2>&1 && echo 'nextest run' || echo test)

.PHONY: help run test check drill fuzz bench pictures schema fmt

help:
	@echo 'make run     build and start the demonstration on http://localhost:$(PORT)'
	@echo 'make test    run all tests with private servers that end with them'
	@echo 'make check   formatting, lints, documentation, licences, schema'
	@echo 'make drill   faults under load: servers, PostgreSQL, Redis and SMTP broken, every booking checked; then make fuzz'
	@echo 'make fuzz    bad input for town files, mail texts, API, forms and addresses, led by what code it reaches'
	@echo 'make bench   how fast, how full: one report of rules, reads, bookings, a rush and growth'
	@echo 'make pictures  the pictures in docs/, taken by the browser tests'
	@echo 'make schema  write schema.graphql anew'
	@echo 'make fmt     format the code'

run:
	@scripts/setup.sh run
	@scripts/assets.sh
	@echo 'Building (the first time takes some minutes) …'
	cargo build --release -p gateway
	@PORT=$(PORT) exec target/release/amtstermin demo

test:
	@scripts/setup.sh test
	@scripts/assets.sh
	cargo build --workspace --all-targets
	AMTSTERMIN_BIN=$(BIN) scripts/with-servers.sh cargo $(TESTER) --workspace
	cargo test --doc --workspace --quiet

check:
	@scripts/setup.sh check
	@scripts/assets.sh
	cargo fmt --all --check
	cargo fmt --manifest-path tests/fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --quiet
	$(DENY) --version >/dev/null 2>&1 || cargo install cargo-deny --version $(DENY_VERSION) --locked --debug --root $(TARGET)/tools
	$(DENY) check bans licenses sources
	cargo build -p gateway
	$(BIN) schema | diff -u schema.graphql - || (echo 'schema.graphql is not what the code says: make schema' && false)

# BENCH_FULL=1 measures the large sizes, BENCH_ONLY=reading,booking some parts, BENCH_SECONDS=10 longer.
bench:
	@scripts/setup.sh test
	@scripts/assets.sh
	case "$${BENCH_ONLY:-slots}" in *slots*) cargo bench -p scheduling --bench slots ;; esac
	cargo build --release -p gateway
	AMTSTERMIN_BIN=$(TARGET)/release/amtstermin cargo run --release --quiet -p system-tests --example bench

# Repeat a run with DRILL_SEED=…, one fault of it with DRILL_FAULT=…; the other release is DRILL_OTHER=…
# (a tag or commit), or DRILL_OTHER_BIN=….
drill:
	@scripts/setup.sh test
	@scripts/assets.sh
	cargo build -p gateway
	failed=0; \
	AMTSTERMIN_BIN=$(BIN) cargo run --quiet -p system-tests --example drill || failed=1; \
	if [ -z "$$DRILL_FAULT" ]; then \
		AMTSTERMIN_BIN=$(BIN) scripts/with-servers.sh cargo test -p system-tests --test killed -- --nocapture || failed=1; \
		scripts/fuzz.sh || failed=1; \
	fi; \
	exit $$failed

# Each target for FUZZ_SECONDS=20. scripts/fuzz.sh TARGET runs one, scripts/fuzz.sh TARGET FILE repeats one input.
fuzz:
	@scripts/setup.sh test
	@scripts/assets.sh
	scripts/fuzz.sh

pictures:
	@scripts/setup.sh test
	@scripts/assets.sh
	cargo build -p gateway
	AMTSTERMIN_BIN=$(BIN) SCREENSHOTS=$(TARGET)/pictures cargo test -p system-tests --test browser
	rm -rf docs/pictures && cp -r $(TARGET)/pictures/docs docs/pictures

schema:
	cargo run --quiet -p gateway -- schema > schema.graphql

fmt:
	cargo fmt --all
	cargo fmt --manifest-path tests/fuzz/Cargo.toml
