#!/usr/bin/env bash
#SBATCH --job-name=uidsim-plan
#SBATCH --array=1-16
#SBATCH --cpus-per-task=1
#SBATCH --requeue
# One share of a `uidsim plan` for each task of a Slurm array; a task that is requeued does only what was not finished.
#
#   plan="topologies/global-1k.yaml --vary PATH=RANGE"
#   job=$(sbatch --parsable --array=1-16 scripts/cluster/slurm_plan.sh FOLDER $plan)
#   sbatch --dependency=afterok:"$job" --wrap "uidsim plan $plan --out FOLDER --merge --json plan.json"
#
# FOLDER lies on a file system that all machines share. UIDSIM names the program. The array counts from 1; to send some tasks
# of an array again, say how many it had: UIDSIM_SHARDS=16 sbatch --array=3,7 ...
set -euo pipefail

if (($# < 2)); then
  echo "usage: sbatch --array=1-N scripts/cluster/slurm_plan.sh FOLDER TOPOLOGY --vary PATH=RANGE ..." >&2
  exit 2
fi
: "${SLURM_ARRAY_TASK_ID:?is not set: this is for sbatch --array=1-N}"
out=$1
shift
shards=${UIDSIM_SHARDS:-${SLURM_ARRAY_TASK_COUNT:?is not set: say UIDSIM_SHARDS}}
exec "${UIDSIM:-uidsim}" plan "$@" --out "$out" --shard "$SLURM_ARRAY_TASK_ID/$shards" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" --quiet
