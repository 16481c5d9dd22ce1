#!/usr/bin/env bash
# Runs the client tests (tests/client) against the real binaries: the OpenAI SDK, a real OpenID
# provider and a real llama-server. Extra arguments go to vitest.
#
#   SRASTA_BIN=build/dev/bin scripts/test_client.sh [vitest arguments]
#
# SRASTA_MODEL may name another GGUF file than the generated one.
set -euo pipefail

fail() { echo "test_client: $*" >&2; exit 2; }
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${SRASTA_BIN:-$root/build/dev/bin}
[[ -x $bin/srasta && -x $bin/srasta-api && -x $bin/srasta-admin ]] \
  || fail "no srasta, srasta-api and srasta-admin in $bin; build them or set SRASTA_BIN"
SRASTA_BIN=$(cd "$bin" && pwd)
export SRASTA_BIN

"$root/scripts/install_node.sh"
"$root/scripts/engine/build.sh"
model=$root/.deps/models/srasta-demo-random.gguf
[[ $model -nt $root/scripts/engine/write_random_model.py ]] \
  || "$root/scripts/engine/write_random_model.py" "$model"

export PATH=$root/.deps/node/bin:$PATH
cd "$root/tests/client"
stamp=node_modules/.installed
if ! cmp --silent package-lock.json "$stamp"; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi
npx --no-install tsc --noEmit
exec npx --no-install vitest run "$@"
