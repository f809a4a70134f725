#!/usr/bin/env bash
# What takes long: ten times as many random topologies, the suite in the other build profile, the benchmarks.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; "$@"; }

UIDSIM_CASES=20000 step cargo test --release --locked --test suite -- --include-ignored properties scanned lanes
step cargo test --locked
step scripts/steady.sh 200
step cargo bench --locked

# The readers of real formats against arbitrary bytes, a minute each, where the tool for it is there.
if cargo +nightly fuzz --version >/dev/null 2>&1; then
  for target in syslog uid_message userid_log; do
    step cargo +nightly fuzz run --fuzz-dir tests/fuzz "$target" -- -max_total_time=60 -max_len=16384
  done
else
  printf '\n== skipped: cargo-fuzz is not installed, so the readers of real formats were not fuzzed\n'
fi
