#!/usr/bin/env bash
# Checks that need no build: format, layers, banned patterns, vocabulary, shell and Python syntax.
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t sources < <(git ls-files 'src/*.cc' 'src/*.h' 'fuzz/*.cc' 'bench/*.cc' 'tests/*.cc')
clang-format-19 --dry-run --Werror "${sources[@]}"
echo "format: ok (${#sources[@]} files)"
scripts/check_layers.py
scripts/check_banned.py
scripts/generate_vocabulary.py --check
scripts/check_vocabulary.py
while read -r script; do bash -n "$script"; done < <(git ls-files 'scripts/*.sh' '.ci/run')
while read -r script; do python3 -m py_compile "$script"; done < <(git ls-files '*.py' 'bench/run')
echo "scripts: ok"
