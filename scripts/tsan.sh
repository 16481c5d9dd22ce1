#!/usr/bin/env bash
# Builds what runs on several threads with the thread sanitizer and runs its unit tests. A race fails
# the test in which it is seen. With --targets: names what it builds, and does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
modules=(access net audit service gateway)
if [ "${1:-}" = --targets ]; then
  echo "${modules[@]/%/_test}"
  exit
fi
# They repeat one course of events for every byte or operation, or have one thread only: minutes here, and no race that
# the others lack.
exhaustive='*AtAnyByte*:*AtAnyOperation*:*InTwoHundredKills:*EveryChangedByte:*EveryCutInsideARecord'
exhaustive+=':*InterruptedPrune*:SignedLedger.*:WitnessedLedger.*:PrunedLedger.*:Bundle.*'
exhaustive+=':LedgerFullDisk.*:Record.OfTenThousandHostileTexts*'

[ -f build/tsan/build.ninja ] || cmake --preset tsan >/dev/null
nice -n 15 ninja -C build/tsan "${modules[@]/%/_test}" | tail -1
export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 ${TSAN_OPTIONS:-}"
for module in "${modules[@]}"; do
  nice -n 15 "build/tsan/bin/${module}_test" --gtest_brief=1 --gtest_filter="-$exhaustive"
done
