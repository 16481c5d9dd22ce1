#!/usr/bin/env bash
# Builds build/release/bin/{srasta,srasta-api,srasta-admin,srasta-tools,srasta-sandbox-init}.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/release/build.ninja ] || cmake --preset release >/dev/null
ninja -C build/release srasta srasta-api srasta-admin srasta-tools srasta-sandbox-init | tail -1
