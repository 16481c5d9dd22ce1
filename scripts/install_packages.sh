#!/usr/bin/env bash
# Installs the Debian 12 packages that the platform is built and tested with. Idempotent; a second run
# takes well under a second. docs/dependencies.md gives each package's reason.
set -euo pipefail

build=(clang-19 lld-19 llvm-19 libclang-rt-19-dev cmake ninja-build ccache make pkg-config git python3
  ca-certificates curl libssl-dev libboost1.81-dev libfmt-dev libyaml-cpp-dev libcli11-dev
  libsqlite3-dev libmimalloc-dev libargon2-dev libicu-dev libre2-dev libgit2-dev age bubblewrap
  libseccomp-dev)
test=(clang-tidy-19 clang-format-19 libgtest-dev libbenchmark-dev libsimdjson-dev iproute2 nginx-light
  wrk haproxy valgrind procps rsyslog rsyslog-openssl chromium libpq-dev
  postgresql-15)

wanted=("${build[@]}")
[ "${1:-}" = "--with-tests" ] && wanted+=("${test[@]}")

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "These packages are missing and installing them needs root: ${missing[*]}" >&2
  echo "Run as root: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "installing ${#missing[@]} Debian packages"
export DEBIAN_FRONTEND=noninteractive
# Tests start their own server; the package would start another one, for good.
if [[ " ${missing[*]} " == *" postgresql-15 "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "apt-get failed; is this Debian 12 with its package registry reachable?" >&2
  exit 1
fi
