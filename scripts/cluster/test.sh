#!/usr/bin/env bash
# Tests the cluster adapters on this machine with two workers, one of which is killed once in mid-run: the merged plan must
# be the single process's, byte for byte. Prints how long each took.
#
#   scripts/cluster/test.sh                       # the Slurm array script, its tasks started here as Slurm would
#   PYTHON=venv/bin/python scripts/cluster/test.sh   # the Ray adapter too: a Python that has Ray
set -euo pipefail
cd "$(dirname "$0")/../.."

program=${UIDSIM:-target/release/uidsim}
program=$(realpath "$program")
scratch=$(mktemp -d -t uidsim-cluster-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
read -r -a plan <<<"${PLAN:-topologies/direct.yaml --vary defaults.firewalls.timeout=5m..45m:8 --seeds 4}"
shards=8

# The program, but for one process: as soon as its first record is there, it is killed, and the worker that started it.
deadly() {
  local folder=$1 worker=$2
  mkdir -p "$folder"
  cat >"$folder/uidsim" <<EOF
#!/usr/bin/env bash
case " \$* " in *" --shard "*) ;; *) exec "$program" "\$@" ;; esac
mkdir "$folder/killed" 2>/dev/null || exec "$program" "\$@"
"$program" "\$@" &
while kill -0 \$! 2>/dev/null && ! ls "$folder/out/"*.json >/dev/null 2>&1; do sleep 0.01; done
kill -9 \$! $worker
kill -9 \$\$
EOF
  chmod +x "$folder/uidsim"
}

seconds() { date +%s.%N; }
took() { awk -v what="$1" -v from="$2" -v to="$(seconds)" 'BEGIN { printf "%-28s %6.1f s\n", what, to - from }'; }
same() {
  cmp "$scratch/single.json" "$1" || { echo "FAILED: $2 differs from one process" >&2; exit 1; }
  [[ -d $3/killed ]] || { echo "FAILED: no worker of $2 was killed" >&2; exit 1; }
  echo "the same bytes: $2, one worker killed once"
}

begun=$(seconds)
"$program" plan "${plan[@]}" --threads 1 --quiet --json "$scratch/single.json"
took "one process, one thread" "$begun"

begun=$(seconds)
"$program" plan "${plan[@]}" --threads 2 --quiet --json "$scratch/threads.json"
took "one process, two threads" "$begun"
cmp "$scratch/single.json" "$scratch/threads.json"

deadly "$scratch/slurm" ""
export UIDSIM=$scratch/slurm/uidsim SLURM_ARRAY_TASK_COUNT=$shards
# What is killed is sent again, as `#SBATCH --requeue` asks.
task() {
  local send=(env SLURM_ARRAY_TASK_ID="$1" scripts/cluster/slurm_plan.sh "$2/out" "${@:3}")
  "${send[@]}" || "${send[@]}"
}
export -f task
begun=$(seconds)
seq "$shards" | xargs -P 2 -I {} bash -c 'task "$@"' task {} "$scratch/slurm" "${plan[@]}" 2>/dev/null
"$program" plan "${plan[@]}" --out "$scratch/slurm/out" --merge --quiet --json "$scratch/slurm.json"
took "Slurm array, two at a time" "$begun"
same "$scratch/slurm.json" "the Slurm array" "$scratch/slurm"

if [[ -z ${PYTHON:-} ]]; then
  echo "not tested: the Ray adapter; PYTHON names a Python that has Ray"
  exit 0
fi
# Here the worker is Ray's process, the parent of the program's.
deadly "$scratch/ray" "\$PPID"
begun=$(seconds)
"$PYTHON" scripts/cluster/ray_plan.py --uidsim "$scratch/ray/uidsim" --out "$scratch/ray/out" --shards "$shards" \
  --json "$scratch/ray.json" -- "${plan[@]}" >/dev/null
took "Ray, with its start" "$begun"
same "$scratch/ray.json" "Ray" "$scratch/ray"
