#!/usr/bin/env bash
# Installs what the tests of pages and captures need and is missing: Chromium, Node 20 or newer and playwright-core to drive the one
# by the other, and tshark. Debian and its like; elsewhere install all but playwright-core by hand.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v tshark >/dev/null || missing+=(tshark)
if ((${#missing[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "please install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(); [[ $EUID -eq 0 ]] || as_root=(sudo)
  "${as_root[@]}" apt-get update
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"
fi
npm ci --silent
