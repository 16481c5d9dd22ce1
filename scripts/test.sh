#!/usr/bin/env bash
# make test: installs, builds, runs every tier; prints what each step took. Stops at the first failure. While tests of
# real processes wait for each other, what is built next is compiled with the time of the cores that they leave.
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

unit_tests() {
  run_ctest -LE 'service|fault'
}

service_tests() {
  rm -rf build/dev/acts-seen
  # Real processes and real time on a machine that others use: a second try tells a late answer from none.
  run_ctest -L 'service|fault' --repeat until-pass:2
  scripts/check_acts_seen.py build/dev/acts-seen
}

build_next() {
  local targets
  read -ra targets < <(scripts/tsan.sh --targets)
  build tsan "${targets[@]}"
  scripts/build_release.sh
}

# SCHED_IDLE, where the system lets us: it runs when nothing else wants to.
begin_building_next() {
  local idly=(chrt --idle 0)
  "${idly[@]}" true 2>/dev/null || idly=(nice -n 19)
  mkdir -p build
  export -f build configure build_next
  setsid "${idly[@]}" bash -euo pipefail -c build_next >build/next.log 2>&1 &
  next=$!
  trap 'kill -- "-$next" 2>/dev/null || true' EXIT
}

finish_building_next() {
  wait "$next" || { cat build/next.log; return 1; }
  trap - EXIT
}

step "packages" scripts/install_packages.sh --with-tests
step "source checks" scripts/check_source.sh
step "build dev (ASan, UBSan, fuzzers)" build dev
step "headers compile alone" build dev all_verify_interface_header_sets
step "unit tests" unit_tests
begin_building_next
step "service tests" service_tests
step "client tests" env SRASTA_BIN="$PWD/build/dev/bin" scripts/test_client.sh
step "build tsan and release, the rest" finish_building_next
step "thread sanitizer" scripts/tsan.sh
step "fuzz, short" scripts/fuzz.sh ${FUZZ_SECONDS:+"$FUZZ_SECONDS"}
step "clang-tidy" scripts/tidy.py
step "release smoke" scripts/smoke.sh
step "instructions per request" bench/instructions
echo "== all: $((SECONDS - started)) s"
