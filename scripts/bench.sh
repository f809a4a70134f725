#!/usr/bin/env bash
# Runs the benchmarks of benches/README.md beside other simulators, checks that all agree, prints medians as Markdown tables. See --help.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: scripts/bench.sh [--build] [--quick] [--runs K] [--peers LIST] [--sections LIST] [--scenarios LIST]
                        [--globals LIST] [--threads LIST]
  --build           build the programs first (SimPy: into a virtual environment under target/)
  --quick           a tenth of the updates, and no faults
  --runs K          runs of each program, interleaved; default 5
  --peers LIST      of uidsim-brief (the metrics that all have),uidsim (every metric),naive-hash,naive-dense,nexosim,simpy; default all
  --sections LIST   of fan-out,global,polled; default fan-out (global and polled run uidsim alone: polled for some minutes, the
                    larger files of global for many)
  --scenarios LIST  of medium,large,thin; default all
  --globals LIST    of global-1k,global-10k,global-100k; default global-1k
  --threads LIST    numbers of threads for global and polled; default 1
END
}

build= quick= runs=5 peers=uidsim-brief,uidsim,naive-hash,naive-dense,nexosim,simpy sections=fan-out scenarios=medium,large,thin
globals=global-1k threads=1
while [ $# -gt 0 ]; do
  case $1 in
    --build) build=yes ;;
    --quick) quick=yes ;;
    --runs | --peers | --sections | --scenarios | --globals | --threads)
      [ $# -gt 1 ] || { usage >&2; exit 2; }
      declare "${1#--}=$2"; shift ;;
    --help | -h) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

out=target/bench
simpy_python=target/peers/simpy/bin/python
declare -A program=(
  [uidsim-brief]=target/dist/uidsim
  [uidsim]=target/dist/uidsim
  [naive-hash]=target/peers/naive/release/fanout-hash
  [naive-dense]=target/peers/naive/release/fanout-dense
  [nexosim]=target/peers/nexosim/release/fanout
  [simpy]=$simpy_python
)
rm -rf "$out"
mkdir -p "$out"
say() { echo "$@" >&2; }

build_peer() { # NAME: builds what it needs; false if that cannot be
  case $1 in
    uidsim*) cargo build --profile dist --locked ;;
    naive-* | nexosim)
      cargo build --release --locked --manifest-path "benches/peers/${1%-*}/Cargo.toml" --target-dir "target/peers/${1%-*}" ;;
    simpy)
      command -v python3 >/dev/null || { say "simpy: there is no python3"; return 1; }
      if ! "$simpy_python" -c 'import simpy' 2>/dev/null; then
        python3 -m venv target/peers/simpy && "$simpy_python" -m pip install --quiet --requirement benches/peers/simpy/requirements.txt
      fi ;;
    *) say "$1: no such program"; return 1 ;;
  esac
}

ready= # the programs that can run
for peer in ${peers//,/ }; do
  if [ -n "$build" ] && ! build_peer "$peer" >&2; then
    say "$peer: skipped, it cannot be built here"
  elif [ ! -x "${program[$peer]:-}" ]; then
    say "$peer: skipped, it is not built (--build builds it)"
  else
    ready="$ready $peer"
  fi
done

# One run: what it prints becomes a line of $out/SECTION.tsv, marked `no` when its numbers are not the right ones.
record() { # SECTION SCENARIO PEER DELIVERIES MEAN COMMAND...
  local section=$1 scenario=$2 peer=$3 wanted=$4 mean=$5
  shift 5
  say "$section $scenario $peer"
  if ! "$@" >"$out/run.json" 2>"$out/run.log"; then
    say "$peer cannot run $scenario: $(head -n 1 "$out/run.log")"
    failed=1
    return
  fi
  tr -d ' \n' <"$out/run.json" >"$out/run.line"
  first() { awk -v pattern="$1" 'match($0, pattern) { found = substr($0, RSTART, RLENGTH); gsub(/.*:|"/, "", found); print found }' "$out/run.line"; }
  local cpu rss deliveries delay hash
  cpu=$(first '"cpu_seconds":[0-9.]+')
  rss=$(first '"peak_rss_bytes":[0-9]+')
  if [[ $peer == uidsim* ]]; then # the first of each is the fleet's; the report has no tables, so no hash
    deliveries=$(first '"applied":[0-9]+')
    delay=$(first '"staleness_seconds":[{]"count":[0-9]+,"mean":[0-9.]+')
    hash=-
  else
    deliveries=$(first '"deliveries":[0-9]+')
    delay=$(first '"mean_delay_seconds":[0-9.]+')
    hash=$(first '"table_hash":"[0-9a-f]+"')
  fi
  [ "$hash" = - ] || echo "$hash" >>"$out/$section.$scenario.hashes"
  awk -v OFS='\t' -v scenario="$scenario" -v peer="$peer" -v cpu="$cpu" -v rss="$rss" -v n="$deliveries" -v wanted="$wanted" \
    -v delay="$delay" -v mean="$mean" 'BEGIN {
      agrees = n == wanted && delay >= mean * 0.998 && delay <= mean * 1.002
      print scenario, peer, cpu, rss, n, delay, agrees ? "yes" : "no" }' >>"$out/$section.tsv"
}

fan_out() {
  local round scenario peer firewalls updates rate tail command
  for ((round = 1; round <= runs; round++)); do
    for scenario in ${scenarios//,/ }; do
      case $scenario in # tail: from the last update until it is everywhere, in milliseconds
        medium) firewalls=100 updates=1000000 rate=1000 tail=200 ;;
        large) firewalls=1000 updates=1000000 rate=1000 tail=200 ;;
        thin) firewalls=1000 updates=2000 rate=1 tail=900 ;;
        *) say "$scenario: no such scenario"; exit 2 ;;
      esac
      [ -z "$quick" ] || updates=$((updates / 10))
      for peer in $ready; do
        command=("${program[$peer]}" "$firewalls,100000,$updates,$rate" "$round")
        case $peer in
          uidsim*) command=("${program[uidsim]}" run "topologies/bench/fan-out-$scenario.yaml" --quiet --json - --seed "$round"
            --threads 1 --set "duration=$((updates * 1000 / rate + tail))ms")
            if [ "$peer" = uidsim-brief ]; then command+=(--brief); fi ;;
          simpy) command=("$simpy_python" benches/peers/simpy/fanout.py "${command[@]:1}")
            if [ "$scenario$quick" = large ]; then say "simpy: left out of large, it takes too long"; continue; fi ;;
        esac
        record fan-out "$scenario" "$peer" $((firewalls * updates)) 0.550 "${command[@]}"
      done
    done
  done
}

# The shipped fleets of thousands of firewalls: nobody else can run them. Reports must not depend on the number of threads.
fleets() { # SECTION FOLDER QUICK_DURATION FILES
  local section=$1 folder=$2 short=$3 files=$4 round file path count cpu wall rss frames mappings share digest
  for ((round = 1; round <= runs; round++)); do
    for file in ${files//,/ }; do
      path=$folder/$file.yaml
      if [ -n "$quick" ]; then # Its faults come later than such a run ends.
        sed '/^faults:/,$d' "$path" >"$out/$file.yaml"
        path=$out/$file.yaml
      fi
      for count in ${threads//,/ }; do
        say "$section $file, threads: $count"
        if ! "${program[uidsim]}" run "$path" --quiet --json - --threads "$count" ${quick:+--duration "$short"} >"$out/run.json" 2>"$out/run.log"; then
          say "uidsim cannot run $file: $(head -n 1 "$out/run.log")"
          failed=1
          continue
        fi
        tr -d ' \n' <"$out/run.json" >"$out/run.line"
        value() { grep -o "\"$1\":\"\?[0-9a-f.]*" "$out/run.line" | head -n 1 | sed 's/.*[:"]//'; }
        cpu=$(value cpu_seconds) wall=$(value wall_seconds) rss=$(value peak_rss_bytes) frames=$(value frame_deliveries)
        mappings=$(value mapping_deliveries) share=$(value scanned_share) digest=$(value digest)
        echo "$digest" >>"$out/$section.$file.hashes"
        printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$file" "$count" "$cpu" "$wall" "$rss" "$frames" "$mappings" "$share" >>"$out/$section.runs"
        say "  CPU $cpu s, wall $wall s, peak $((rss / 1048576)) MiB"
      done
    done
  done
  [ -e "$out/$section.runs" ] || return 0
  awk -f scripts/median.awk -f scripts/fleet-table.awk "$out/$section.runs"
}

failed=0
for section in ${sections//,/ }; do
  case $section in
    fan-out) fan_out ;;
    global) fleets global topologies 48m "$globals" >"$out/global.md" ;;
    polled) fleets polled topologies/bench 2m polled-1k >"$out/polled.md" ;;
    *) say "$section: no such section"; exit 2 ;;
  esac
  printf '\n## %s%s\n\n' "$section" "${quick:+, a tenth of the updates}"
  for hashes in "$out/$section".*.hashes; do
    if [ -e "$hashes" ] && [ "$(sort -u "$hashes" | wc -l)" -gt 1 ]; then
      say "the final tables differ: $hashes"
      failed=1
    fi
  done
  if [ "$section" != fan-out ]; then cat "$out/$section.md"; fi
  [ ! -e "$out/$section.tsv" ] || awk -f scripts/median.awk -f scripts/bench-table.awk "$out/$section.tsv" || failed=1
done
exit "$failed"
