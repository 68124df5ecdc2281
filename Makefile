# Two commands matter: `make run` and `make test`. All else is a part of them, or slower.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run demo test check bench install root

# Where rustup and Debian put what a bare shell may not find.
export PATH := $(HOME)/.cargo/bin:$(PATH):/usr/sbin:/sbin

# Passes a test run on, line by line, and closes with what came of all its parts.
SUM_UP := awk '{ print; fflush() } /^test result:/ { passed += $$4; failed += $$6 } \
	END { printf "\n%d passed, %d failed\n", passed, failed }'

help: ## Says what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

run: install ## Installs what is missing, builds and serves; Ctrl-C stops everything
	@echo '== Building Berth. The first time takes some minutes.'
	@cargo build --locked --release --package api --bin berth
	@exec cargo run --quiet --locked --release --package api --bin berth -- serve

demo: root install ## Does the main job on a real three-node Swarm, before your eyes
	@echo '== Building Berth and its demo. The first time takes some minutes.'
	@cargo build --locked --package tests --bin demo --package api --bin berth
	@tests/isolated cargo run --quiet --locked --offline --package tests --bin demo

test: root install ## Installs what is missing, and runs every test there is
	@.ci/install contracts
	@.ci/install dex
	@.ci/install kubernetes
	@echo '== Building everything. The first time takes some minutes.'
	@cargo build --locked --workspace --bins
	@cargo test --locked --workspace --no-run
	@echo '== Testing, where nothing can leave this machine.'
	@tests/isolated cargo test --locked --offline --workspace --no-fail-fast | $(SUM_UP)

check: install ## Form, lints and documents: nothing may be warned of
	@echo '== Form'
	@cargo fmt --all --check
	@echo '== Lints'
	@cargo clippy --locked --workspace --all-targets -- --deny warnings
	@echo '== Documents'
	@RUSTDOCFLAGS='--deny warnings' cargo doc --locked --workspace --no-deps

bench: root install ## Long streams, then and now; a rebuild; durable appends beside pgbench
	@echo '== Building the benchmarks. The first time takes some minutes.'
	@cargo build --locked --release --package api --bin berth
	@cargo bench --locked --package tests --no-run --bench as_of --bench long_stream \
		--bench rebuild --bench appends
	@tests/isolated cargo bench --quiet --locked --offline --package tests --bench as_of
	@tests/isolated cargo bench --quiet --locked --offline --package tests --bench long_stream
	@tests/isolated cargo bench --quiet --locked --offline --package tests --bench rebuild
	@tests/isolated cargo bench --quiet --locked --offline --package tests --bench appends

install: ## Installs what is missing; as another user than root it prints the one command
	@.ci/install

root:
	@((EUID == 0)) || { printf 'Test clusters live in namespaces, which need root. Run: %s\n' \
		'sudo -E make $(MAKECMDGOALS)' >&2; exit 1; }
