#!/usr/bin/env bash
# Runs every fuzz target for N seconds, two at a time, from its kept corpus. Without N all of them
# together take a minute and a half.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=(build/dev/bin/*_fuzz)
seconds=${1:-$((2 * 90 / ${#targets[@]}))}
mkdir -p build/fuzz/found

run_one() {
  local binary=$1 seconds=$2
  local name
  name=$(basename "$binary")
  mkdir -p "build/fuzz/corpus/$name" "fuzz/corpus/$name"
  if ! "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=0 \
    -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/corpus/$name" "fuzz/corpus/$name" \
    >"build/fuzz/$name.log" 2>&1; then
    tail -40 "build/fuzz/$name.log"
    echo "fuzz: $name failed; the input is in build/fuzz/found/"
    return 1
  fi
  echo "fuzz: $name ok"
}
export -f run_one
printf '%s\n' "${targets[@]}" | xargs -P2 -I{} bash -c 'run_one "$1" "$2"' _ {} "$seconds"
