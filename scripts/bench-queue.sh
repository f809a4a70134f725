#!/usr/bin/env bash
# PHOLD through the engine, beside other queues and beside NeXosim on one thread: five runs each, interleaved.
# Prints medians in million events per CPU second, and how many times as fast the engine was.
# CPU time is read from /proc: Linux only.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-5}
peer=benches/peers/nexosim/target/release/phold

cargo build --release --locked --quiet --manifest-path benches/peers/nexosim/Cargo.toml --bin phold
ours=$(cargo bench --locked --bench engine --no-run 2>&1 | sed -n 's/.*Executable benches\/engine.rs (\(.*\))/\1/p')

for pending in 1000 100000 1000000; do
    for _ in $(seq "$runs"); do
        for contestant in "engine" "bare heap" "radix heap"; do
            echo "$contestant,$pending,$("$ours" once "$contestant" "$pending" 2000000)"
        done
        # So many that a clock which counts in milliseconds sees them.
        echo "no queue,$pending,$("$ours" once "no queue" "$pending" 200000000)"
        echo "NeXosim,$pending,$("$peer" "$pending" 1000000)"
    done
done | awk -F ',' '
    { split($3, run, " "); rate[$1, $2, ++count[$1, $2]] = run[1] / run[2] / 1e6 }
    function median(name, pending,    many, sorted, i, j, kept) {
        many = count[name, pending]
        for (i = 1; i <= many; i++) {
            kept = rate[name, pending, i]
            for (j = i - 1; j > 0 && sorted[j] > kept; j--) sorted[j + 1] = sorted[j]
            sorted[j + 1] = kept
        }
        return sorted[int((many + 1) / 2)]
    }
    END {
        rows = split("engine,bare heap,radix heap,no queue,NeXosim", names, ",")
        columns = split("1000,100000,1000000", pendings, ",")
        printf "%-12s", "pending"
        for (c = 1; c <= columns; c++) printf "%12s %8s", pendings[c], "engine x"
        print ""
        for (r = 1; r <= rows; r++) {
            printf "%-12s", names[r]
            for (c = 1; c <= columns; c++) {
                of = median(names[r], pendings[c])
                printf "%12.2f %8.2f", of, median("engine", pendings[c]) / of
            }
            print ""
        }
    }'
