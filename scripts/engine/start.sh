#!/usr/bin/env bash
# Runs the inference engine in the foreground on loopback.
#
#   start.sh --model FILE --port PORT [--alias NAME]
#
# Without --alias the model is called after its file. One thread on purpose: ggml's workers wait in
# a spin loop, and with more threads than free cores it gets slower by orders of magnitude.
set -euo pipefail

fail() { echo "engine: $*" >&2; exit 2; }
usage="usage: start.sh --model FILE --port PORT [--alias NAME]"
model="" port="" alias=""
while [[ $# -gt 0 ]]; do
  [[ $# -ge 2 ]] || fail "$1 needs a value; $usage"
  case $1 in
    --model) model=$2 ;;
    --port) port=$2 ;;
    --alias) alias=$2 ;;
    *) fail "unknown option $1; $usage" ;;
  esac
  shift 2
done
[[ -n $model && -n $port ]] || fail "$usage"
[[ -f $model ]] || fail "no such model file: $model"
[[ -n $alias ]] || alias=$(basename "$model" .gguf)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
server=${SRASTA_ENGINE_BIN:-$root/.deps/engine/bin/llama-server}
[[ -x $server ]] || fail "no engine at $server; build it with scripts/engine/build.sh"
exec "$server" --host 127.0.0.1 --port "$port" --model "$model" --alias "$alias" \
  --threads 1 --threads-batch 1 --parallel 4 --ctx-size 8192 --no-warmup \
  --embeddings --pooling mean
