# Everything a person types. `make` alone lists it.

PORT ?= 8080
BIN := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)/debug/amtstermin
TESTER := $(shell cargo nextest --version >/dev/null 2>&1 && echo 'nextest run' || echo test)

.PHONY: help run test check schema fmt

help:
	@echo 'make run     build and start the demonstration on http://localhost:$(PORT)'
	@echo 'make test    run all tests with private servers that end with them'
	@echo 'make check   formatting, lints, documentation, schema'
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
	@scripts/assets.sh
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --quiet
	cargo build -p gateway
	$(BIN) schema | diff -u schema.graphql - || (echo 'schema.graphql is not what the code says: make schema' && false)

schema:
	cargo run --quiet -p gateway -- schema > schema.graphql

fmt:
	cargo fmt --all
