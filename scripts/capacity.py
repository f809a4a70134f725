#!/usr/bin/env python3
"""Runs the commands of docs/capacity.md and compares what they print with what stands there.

    scripts/capacity.py [--write] [--out FOLDER]

A block marked `bash` is kept for the commands after it; a block marked `sh` that a block marked `text` follows is run, and
the text is what it must print. `--write` puts what was printed into the document; `--out` keeps the runs there, so that it
goes on where it was stopped. UIDSIM names the program; any build profile prints the same.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "capacity.md"
BLOCK = re.compile(r"^```(bash|sh)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--out")
    asked = parser.parse_args()
    program = os.environ.get("UIDSIM", str(ROOT / "target" / "release" / "uidsim"))
    more = f' --out "{asked.out}"' if asked.out else ""
    kept = [f'uidsim() {{ "{program}" "$@"{more}; }}\n']
    document = DOCUMENT.read_text()
    differs = 0
    for kind, command, text in BLOCK.findall(document):
        if kind == "bash":
            kept.append(command)
        elif text:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", "".join(kept) + command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
            )
            if done.stdout != text:
                differs += 1
                print(f"differs: {command.splitlines()[0]}", file=sys.stderr)
                document = document.replace(f"```sh\n{command}```\n\n```text\n{text}", f"```sh\n{command}```\n\n```text\n{done.stdout}")
    if asked.write:
        DOCUMENT.write_text(document)
    elif differs:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
