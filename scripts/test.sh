#!/usr/bin/env bash
# make test: installs, builds, runs every tier; prints what each step took. Stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."

started=$SECONDS
step() {
  local name=$1 from=$SECONDS
  shift
  echo "== $name"
  "$@"
  echo "== $name: $((SECONDS - from)) s"
}

configure() { [ -f "build/$1/build.ninja" ] || cmake --preset "$1" >/dev/null; }
build() {
  configure "$1"
  ninja -C "build/$1" "${@:2}" | tail -3
}

# What passed is counted at the end; what failed is shown whole.
run_ctest() {
  ctest --test-dir build/dev --output-on-failure -j2 --no-tests=error "$@" |
    grep -avE '^ +Start +[0-9]+:| Passed +[0-9.]+ sec$' | tail -200
}

unit_and_service() {
  rm -rf build/dev/acts-seen
  run_ctest -LE 'service|fault'
  # Real processes and real time on a machine that others use: a second try tells a late answer from none.
  run_ctest -L 'service|fault' --repeat until-pass:2
  scripts/check_acts_seen.py build/dev/acts-seen
}

step "packages" scripts/install_packages.sh --with-tests
step "source checks" scripts/check_source.sh
step "build dev (ASan, UBSan, fuzzers)" build dev
step "headers compile alone" build dev all_verify_interface_header_sets
step "ctest" unit_and_service
step "client tests" env SRASTA_BIN="$PWD/build/dev/bin" scripts/test_client.sh
step "thread sanitizer" scripts/tsan.sh
step "fuzz, short" scripts/fuzz.sh ${FUZZ_SECONDS:+"$FUZZ_SECONDS"}
step "clang-tidy" scripts/tidy.py
step "build release" scripts/build_release.sh
step "release smoke" scripts/smoke.sh
step "instructions per request" bench/instructions
echo "== all: $((SECONDS - started)) s"
