#!/usr/bin/env bash
# What takes long: ten times as many random topologies, the suite in the other build profile, the benchmarks.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; "$@"; }

UIDSIM_CASES=20000 step cargo test --release --locked --test suite -- --include-ignored properties scanned lanes
step cargo test --locked
step scripts/steady.sh 200
step cargo bench --locked
