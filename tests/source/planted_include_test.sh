#!/usr/bin/env bash
# The layer check must fail on an include that points up, and name it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/cmake"
cp "$root/cmake/layers.txt" "$copy/cmake/"
cp -r "$root/src" "$copy/src"
"$root/scripts/check_layers.py" "$copy"
echo '#include "gateway/core.h"' >>"$copy/src/http/head.cc"
if output=$("$root/scripts/check_layers.py" "$copy"); then
  echo "a planted upward include passed" >&2
  exit 1
fi
grep -q 'http may not include gateway' <<<"$output"
