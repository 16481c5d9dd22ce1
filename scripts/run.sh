#!/usr/bin/env bash
# make run: from a bare Debian 12 machine to a governed answer. Second runs start in seconds.
#   ENGINE=none        do not start the bundled engine
#   MODEL=file.gguf    the model of the bundled engine
#   DATA=dir           data folder (default: /var/lib/srasta as root, ~/.local/share/srasta otherwise)
#   CONFIG=file        configuration (default: none, the embedded defaults)
#   LISTEN=addr:port   listener (default 127.0.0.1:8484)
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_packages.sh
scripts/build_release.sh

bin=$PWD/build/release/bin
if [ "$(id -u)" -eq 0 ]; then default_data=/var/lib/srasta; else default_data=$HOME/.local/share/srasta; fi
data=${DATA:-$default_data}
listen=${LISTEN:-127.0.0.1:8484}
engine_pid=
platform_pid=

stop() {
  trap - EXIT INT TERM
  [ -n "$platform_pid" ] && kill -TERM "$platform_pid" 2>/dev/null && wait "$platform_pid" || true
  [ -n "$engine_pid" ] && kill -TERM "$engine_pid" 2>/dev/null && wait "$engine_pid" 2>/dev/null || true
}
trap stop EXIT INT TERM

answers() { curl -fsS -m 1 -o /dev/null "$1" 2>/dev/null; }
port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

demonstration=false
if [ "${ENGINE:-}" != none ] && [ -z "${CONFIG:-}" ] &&
  ! answers http://127.0.0.1:11434/v1/models && ! answers http://127.0.0.1:8000/v1/models &&
  ! answers http://127.0.0.1:8080/v1/models; then
  port=
  for candidate in 8080 8000 11434; do
    if port_is_free "$candidate"; then port=$candidate; break; fi
  done
  if [ -z "$port" ]; then
    echo "No engine answers and the ports 8080, 8000 and 11434 are taken by other programs." >&2
    echo "Name your engine in a configuration file (inference.upstreams) and run: make run CONFIG=file" >&2
    exit 1
  fi
  scripts/install_node.sh
  scripts/engine/build.sh
  model=${MODEL:-}
  if [ -z "$model" ]; then
    demonstration=true
    model=$PWD/.deps/models/srasta-demo-random.gguf
    mkdir -p "$(dirname "$model")"
    [ -f "$model" ] || python3 scripts/engine/write_random_model.py "$model"
  fi
  mkdir -p .deps/log
  scripts/engine/start.sh --model "$model" --port "$port" >.deps/log/engine.log 2>&1 &
  engine_pid=$!
  for _ in $(seq 300); do
    answers "http://127.0.0.1:$port/v1/models" && break
    kill -0 "$engine_pid" 2>/dev/null || { tail -5 .deps/log/engine.log >&2; exit 1; }
    sleep 0.1
  done
fi

arguments=(--data "$data" --listen "$listen")
[ -n "${CONFIG:-}" ] && arguments+=(--config "$CONFIG")
mkdir -p .deps/log
log=$PWD/.deps/log/srasta.log
ready=$(mktemp -u)
mkfifo "$ready"
"$bin/srasta" up "${arguments[@]}" >"$ready" 2>"$log" &
platform_pid=$!
exec 3<"$ready"
rm -f "$ready"
if ! read -r line <&3; then
  wait "$platform_pid" || { tail -20 "$log" >&2; exit 1; }
fi
echo "$line"
url=${line##* }
token=$("$bin/srasta" token issue --data "$data" --role user --ttl 1h)

cat <<EOF

  API           $url/v1          (OpenAI-compatible)
  description   $url/openapi.json
  health        $url/readyz
  ledger        $data/audit      check it: $bin/srasta audit verify --data $data
  log           $log

  A token for one hour (role user, tenant default):

$token

  Try it:

    curl -N $url/v1/chat/completions \\
      -H "Authorization: Bearer \$($bin/srasta token issue --data $data --role user)" \\
      -H "Content-Type: application/json" \\
      -d '{"model":"general","stream":true,"max_tokens":32,"messages":[{"role":"user","content":"hi"}]}'

EOF

if [ "${ENGINE:-}" != none ]; then
  answer=$(curl -sS -m 60 -D "$data/run/first-answer.head" "$url/v1/chat/completions" \
    -H "Authorization: Bearer $token" -H "Content-Type: application/json" \
    -d '{"model":"general","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}' || true)
  if grep -q '^HTTP/1.1 200' "$data/run/first-answer.head"; then
    echo "  First governed answer (every gate passed, evidence in the ledger):"
    echo "    $(printf '%s' "$answer" | head -c 300)"
    "$bin/srasta" audit search --data "$data" --act inference.complete | tail -1 | cut -c1-200 | sed 's/^/    ledger: /'
  else
    echo "  The first request was not answered: $answer" >&2
  fi
  rm -f "$data/run/first-answer.head"
fi
if $demonstration; then
  cat <<EOF

  DEMONSTRATION: no engine was found, so a llama.cpp engine runs a tiny model with random weights. Its
  text is noise; only the path through the gates is real. For real answers start Ollama, vLLM or
  llama.cpp on this host, or run: make run MODEL=/path/to/model.gguf
EOF
fi
echo
echo "  Ctrl-C stops everything."
wait "$platform_pid"
