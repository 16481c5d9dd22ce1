#!/usr/bin/env bash
# Builds build/release/bin/{srasta,srasta-api}.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
ninja -C build/release srasta srasta-api | tail -1
