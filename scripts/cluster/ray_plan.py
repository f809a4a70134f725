#!/usr/bin/env python3
"""Runs a `uidsim plan` on a Ray cluster, and reports what one machine would have reported, byte for byte.

    scripts/cluster/ray_plan.py --out FOLDER [--shards N] [--json FILE] [--csv FILE] -- TOPOLOGY --vary PATH=RANGE ...

Every task is one `uidsim plan --shard I/N` process with one thread. FOLDER, the topology and the program must lie at the
same place on every machine (a shared file system). A task whose worker dies is run again and does only what was not
finished. Needs `pip install ray`; with RAY_ADDRESS it joins a cluster, without it starts one on this machine.
"""

import argparse
import json
import os
import subprocess
import sys
import time

RETRIES = 5
SHARDS_PER_CPU = 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="the folder of the records")
    parser.add_argument("--shards", type=int, help="how many tasks; by default 4 for each processor, at most one a run")
    parser.add_argument("--json", help="write the plan as JSON to this file")
    parser.add_argument("--csv", help="write a line for each point and seed to this file")
    parser.add_argument("--uidsim", default=os.environ.get("UIDSIM", "uidsim"), help="the program")
    parser.add_argument("plan", nargs="+", help="what `uidsim plan` is asked, after `--`")
    asked = parser.parse_args()
    plan = [asked.uidsim, "plan", *asked.plan]

    # Bad input is told here, once, with the program's own words and exit code.
    listed = subprocess.run([*plan, "--manifest", "-"], stdout=subprocess.PIPE, check=False)
    if listed.returncode != 0:
        return listed.returncode
    runs = len(json.loads(listed.stdout)["runs"])

    import ray  # after the check above: it takes seconds to start

    ray.init(log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    processors = int(ray.cluster_resources().get("CPU", 1))
    shards = min(asked.shards or SHARDS_PER_CPU * processors, runs)
    folder = os.getcwd()

    @ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=True)
    def share(index: int) -> int:
        own = ["--out", asked.out, "--shard", f"{index}/{shards}", "--threads", "1", "--quiet"]
        subprocess.run([*plan, *own], check=True, cwd=folder)
        return index

    begun = time.monotonic()
    waiting = [share.remote(index) for index in range(1, shards + 1)]
    while waiting:
        done, waiting = ray.wait(waiting, num_returns=1)
        ray.get(done)
        print(f"{shards - len(waiting)} of {shards} shares done", file=sys.stderr)
    spent = time.monotonic() - begun
    print(f"{runs} runs in {spent:.1f} s on {processors} processors", file=sys.stderr)

    outputs = [[f"--{kind}", path] for kind, path in (("json", asked.json), ("csv", asked.csv)) if path]
    merged = [*plan, "--out", asked.out, "--merge", *[word for output in outputs for word in output]]
    return subprocess.run(merged, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
