# What a word below needs on a fresh Debian or Ubuntu with a Rust toolchain, it installs itself.
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: help demo test check bench torture fuzz

help:
	@echo 'make demo    build Sealpress and show the whole way of a certificate (ARGS="--count 200")'
	@echo 'make test    build and run every test; installs what the tests need'
	@echo 'make check   formatting, lints, dependencies, documentation'
	@echo 'make bench   how fast keys sign, and pages answer with 300,000 certificates, and their memory'
	@echo 'make torture 10,000 kills at random over 20,000 drops (ARGS="--kills 300 --drops 1000")'
	@echo 'make fuzz    what reads the bytes of strangers, a minute each (SECONDS=600 TARGETS="dsn verify")'

# The demo's home is a new folder under the current one: under target/, not among the sources.
demo:
	@tests/setup.sh compiler
	cargo build --locked -p sealpress-console
	cd target && debug/sealpress demo $(ARGS)

# The journeys drive target/debug/sealpress. It is built with the tests, because a build of its
# own would turn on other features of shared dependencies and compile them twice.
test:
	@tests/setup.sh
	cargo build --locked --workspace --all-targets
	@if cargo nextest --version >/dev/null 2>&1; then set -x; \
		cargo nextest run --locked --workspace --no-fail-fast; \
	else set -x; \
		cargo test --locked --workspace --no-fail-fast; \
	fi
	cargo test --locked --workspace --doc --quiet

check:
	@tests/setup.sh compiler
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --document-private-items
	@cargo deny --version >/dev/null 2>&1 || cargo install cargo-deny --locked
	cargo deny --locked check bans licenses sources
	@if cargo deny --locked fetch db; then cargo deny --locked check --disable-fetch advisories; \
	else echo 'advisories: NOT CHECKED, the advisory database could not be reached from here'; fi

# Built as for the tests, whose build is there already; what schools run is faster.
bench:
	@tests/setup.sh
	cargo build --locked --workspace --all-targets
	cargo bench --locked --workspace --profile dev --bench signing --bench desk

# Hours, as it stands; a seed repeats it (ARGS="--seed 7").
torture:
	@tests/setup.sh
	cargo build --locked --workspace --all-targets
	cargo bench --locked --workspace --profile dev --bench torture -- $(ARGS)

# Each target for a minute; SECONDS=600 for ten. TARGETS="dsn verify" for some of them.
fuzz:
	@tests/setup.sh compiler
	fuzz/run.sh $(or $(SECONDS),60) $(TARGETS)
