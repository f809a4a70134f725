#!/usr/bin/env bash
# Zero false alarms: RUNS checks (200 unless told) of unchanged topologies, in both build profiles and with 1 to 4 threads, must give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${1:-200}
files=(topologies/agent-push.yaml topologies/conflicting-feeds.yaml topologies/ha-pair.yaml topologies/multi-hop.yaml)
cargo build --release --locked --quiet
cargo build --locked --quiet
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for run in $(seq "$runs"); do
  profile=$([ $((run % 2)) = 0 ] && echo debug || echo release)
  threads=$((run / 2 % 4 + 1))
  "target/$profile/uidsim" check "${files[@]}" --threads "$threads" --junit "$folder/junit" --markdown "$folder/markdown" --json "$folder/json" > "$folder/text"
  cat "$folder"/{text,junit,markdown,json} | sha256sum >> "$folder/sums"
done
different=$(sort -u "$folder/sums" | wc -l)
echo "$runs checks of ${#files[@]} topologies, both profiles, 1 to 4 threads: $different different verdicts"
[ "$different" = 1 ]
