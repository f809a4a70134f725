#!/usr/bin/env bash
# What takes long: ten times as many random topologies, the suite in the other build profile, the benchmarks.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; "$@"; }

UIDSIM_CASES=20000 step cargo test --release --locked --test suite -- --include-ignored properties scanned lanes
step cargo test --locked
step scripts/steady.sh 200
step cargo bench --locked
step scripts/cluster/test.sh
step scripts/capacity.py

# Every reader against bytes that grow from what is shipped, a minute each, where the tool for it is there (`cargo install cargo-fuzz`).
# The fuzzer's instrumentation is a nightly feature of the compiler, which RUSTC_BOOTSTRAP opens in a stable one.
if cargo fuzz --version >/dev/null 2>&1; then
  export RUSTC_BOOTSTRAP=1
  for target in replay syslog topology uid_message userid_log; do
    mkdir -p "tests/fuzz/corpus/$target"
    step cargo fuzz run --fuzz-dir tests/fuzz "$target" "tests/fuzz/corpus/$target" topologies -- -max_total_time="${FUZZ_SECONDS:-60}" -max_len=16384
  done
else
  printf '\n== skipped: cargo-fuzz is not installed, so no reader was fuzzed\n'
fi
