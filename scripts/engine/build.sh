#!/usr/bin/env bash
# Builds a real llama-server into .deps/engine/bin. The npm package @node-llama-cpp/linux-x64 holds
# llama.cpp's libraries ready-made and node-llama-cpp holds the source of the same release, so only
# the server's own files are compiled (CMakeLists.txt beside this script).
set -euo pipefail

version=3.22.1
source_sha512=6e5b488a9b9699cd76dc7eed30880318a4ac4ab866865418795502e3c5d38d55bb5c624988927209d95333343f2e25a83e4183a5c2f816f883a60c3ba9f4e20f
library_sha512=e6e0820cda9608d7da026f1a47f533c5ba381c1a4a80d17dd640873dea4a86032057638099ab6879f6ce94c8a1b2a0a21f639ddf913f7941d00856df44126e3a

fail() { echo "engine: $*" >&2; exit 1; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
engine=$root/.deps/engine
wanted="$version $(sha512sum <"$here/CMakeLists.txt" | cut -c1-32)"
[[ -f $engine/stamp && $(<"$engine/stamp") == "$wanted" ]] && exit 0

for tool in clang-19 clang++-19 ld.lld-19 cmake ninja git; do
  command -v "$tool" >/dev/null \
    || fail "$tool is missing (Debian: clang-19 lld-19 cmake ninja-build git)"
done
launcher=()
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
"$root/scripts/install_node.sh"
export SRASTA_NPM=$root/.deps/node/bin/npm

began=$SECONDS
rm -rf "$engine"
mkdir -p "$engine/bin"
"$root/scripts/npm_unpack.sh" "@node-llama-cpp/linux-x64@$version" "$library_sha512" \
  "$engine/libraries"
"$root/scripts/npm_unpack.sh" "node-llama-cpp@$version" "$source_sha512" "$engine/package"
mv "$engine"/libraries/bins/linux-x64/*.so "$engine/bin/"
git clone --quiet "$engine/package/llama/gitRelease.bundle" "$engine/source" 2>"$engine/log" \
  || fail "cannot unpack llama.cpp's source: $(tail -n 3 "$engine/log")"

{ cmake -G Ninja -S "$here" -B "$engine/build" \
    -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 "${launcher[@]}" \
    -DSOURCE_DIR="$engine/source" -DLIBRARY_DIR="$engine/bin" &&
  cmake --build "$engine/build" -j2; } >"$engine/log" 2>&1 \
  || fail "build failed, the whole log is $engine/log: $(grep -m 5 -A3 -E 'rror:|FAILED' "$engine/log")"
mv "$engine/build/llama-server" "$engine/bin/"

# A prebuilt library of another release would show as a missing symbol here, not in a test.
LD_BIND_NOW=1 "$engine/bin/llama-server" --version >"$engine/log" 2>&1 \
  || fail "llama-server does not start: $(tail -n 3 "$engine/log")"
mv "$engine/source/LICENSE" "$engine/LICENSE"
rm -rf "$engine"/{libraries,package,source,build,log}
echo "$wanted" >"$engine/stamp"
echo "engine: llama-server built in $((SECONDS - began)) s"
