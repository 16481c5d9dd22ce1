#!/usr/bin/env bash
# Starts the release binaries on a scratch folder and goes through the life of an install once.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$PWD/build/release/bin
data=$(mktemp -d)
cleanup() {
  [ -n "${pid:-}" ] && kill -TERM "$pid" 2>/dev/null && wait "$pid" || true
  rm -rf "$data"
}
trap cleanup EXIT

"$bin/srasta" version
"$bin/srasta" up --data "$data" --listen 127.0.0.1:0 >"$data.out" 2>"$data.log" &
pid=$!
for _ in $(seq 200); do
  grep -q 'ready on' "$data.out" && break
  kill -0 "$pid" || { cat "$data.log"; exit 1; }
  sleep 0.05
done
url=$(sed -n 's/.*ready on //p' "$data.out")
status() { curl -s -o /dev/null -w '%{http_code}' "$@"; }
token=$("$bin/srasta" token issue --data "$data" --role user)
[ "$(status "$url/healthz")" = 200 ]
[ "$(status "$url/readyz")" = 200 ]
[ "$(status "$url/v1/models")" = 401 ]
[ "$(status "$url/v1/models" -H "Authorization: Bearer $token")" = 200 ]
[ "$(status "$url/metrics" -H "Authorization: Bearer $token")" = 403 ]
kill -TERM "$pid"
wait "$pid"
pid=
"$bin/srasta" audit verify --data "$data"
rm -f "$data.out" "$data.log"
echo "smoke: ok"
