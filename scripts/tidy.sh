#!/usr/bin/env bash
# clang-tidy's short list (.clang-tidy) over every source, from the compile commands of the dev build. CI
# looks at all sources; TIDY_BASE=REV limits it to what changed since REV.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${TIDY_BASE:-}" ]; then
  mapfile -t sources < <(git diff --name-only --diff-filter=d "$TIDY_BASE" -- 'src/*.cc')
else
  mapfile -t sources < <(git ls-files 'src/*.cc' | grep -v '_test\.cc$')
fi
[ ${#sources[@]} -eq 0 ] && exit 0
printf '%s\n' "${sources[@]}" | xargs -P2 -n4 clang-tidy-19 --quiet -p build/dev 2>/dev/null
echo "clang-tidy: ok (${#sources[@]} files)"
