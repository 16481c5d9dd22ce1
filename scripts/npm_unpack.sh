#!/usr/bin/env bash
# Downloads one package from the npm registry, checks it against a pinned SHA-512 and unpacks it.
# Nothing of the package runs, and none of its dependencies come along.
#
#   npm_unpack.sh NAME@VERSION SHA512-HEX FOLDER      (FOLDER is created or replaced)
set -euo pipefail

fail() { echo "npm_unpack: $*" >&2; exit 1; }
[[ $# -eq 3 ]] || fail "usage: npm_unpack.sh NAME@VERSION SHA512-HEX FOLDER"
spec=$1 sum=$2 folder=$3

temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
npm=${SRASTA_NPM:-npm}
command -v "$npm" >/dev/null || fail "npm is missing (Debian: apt-get install npm)"

# npm writes warnings about the user's own settings to stderr; they are shown only on failure.
(cd "$temp" && "$npm" pack --silent "$spec" >name 2>log) \
  || fail "cannot download $spec: $(tail -n 3 "$temp/log")"
tarball=$temp/$(tail -n 1 "$temp/name")
echo "$sum  $tarball" | sha512sum --check --status \
  || fail "$spec is not the pinned file: its SHA-512 is $(sha512sum "$tarball" | cut -d' ' -f1)"

mkdir "$temp/unpacked"
tar -xzf "$tarball" -C "$temp/unpacked" --strip-components=1 --no-same-owner
mkdir -p "$(dirname "$folder")"
rm -rf "$folder"
mv "$temp/unpacked" "$folder"
chmod 755 "$folder"
