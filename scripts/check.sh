#!/usr/bin/env bash
# What CI does: formatting, lints, documentation, and the tests by the README's own command, which run the main job too. Stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; "$@"; }

step cargo fmt --all --check
step cargo clippy --release --all-targets --locked -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --release --no-deps --locked
step cargo test --release --locked
# Pages in Chromium and captures in tshark; these fail with what to install where it is missing.
step cargo test --release --locked --test suite -- --ignored browser::
# What only tests need may switch on features of libraries: the program must compile without.
step cargo check --release --locked
# The program that was just tested, as to build it once more would take minutes.
program=${CARGO_TARGET_DIR:-target}/release/uidsim
step "$program" lint topologies topologies/mechanisms topologies/theory topologies/bench --deny warnings
# Our own gate: every topology but the global fleets, which take minutes.
files=()
for file in topologies/*.yaml; do
  [[ $file == topologies/global-[0-9]* ]] || files+=("$file")
done
step "$program" check "${files[@]}" topologies/mechanisms
echo "all checks passed"
