#!/usr/bin/env bash
# Runs every test. Starts what the tests need as throw-away instances in a temporary folder and cleans up behind itself.
#
#   ./test.sh                 everything
#   ./test.sh NAME…           the tests whose path holds NAME, as `cargo test NAME…` does
#
# On Debian and Ubuntu it installs by apt what is missing; elsewhere it says what to install and exits 2.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '── %s\n' "$*" >&2; }

# ── What must be on the machine ────────────────────────────────────────────────────────────────────────────────────
PATH="$PATH:/usr/sbin:/sbin"
pg_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
find_initdb() { [ -n "$(pg_bin)" ] && [ -x "$(pg_bin)/initdb" ] || command -v initdb >/dev/null; }

missing=()
command -v cargo >/dev/null || { echo "No cargo: install Rust, see https://rustup.rs" >&2; exit 2; }
command -v cc >/dev/null || missing+=(build-essential)
find_initdb || missing+=(postgresql)
command -v postfix >/dev/null || missing+=(postfix)
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_missing() {
  say "installing ${missing[*]}"
  # Nothing that apt installs here may start as a system service: the tests start their own.
  local policy=/usr/sbin/policy-rc.d guard="" result=0
  if [ ! -e "$policy" ]; then
    guard=1
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  } >&2 || result=$?
  [ -z "$guard" ] || as_root rm -f "$policy"
  return $result
}

if [ ${#missing[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }; then
    install_missing
  else
    echo "The tests need these Debian packages, or what your system calls them: ${missing[*]}" >&2
    exit 2
  fi
fi

# ── A folder for this run, and its end ─────────────────────────────────────────────────────────────────────────────
run="$(mktemp -d "${TMPDIR:-/tmp}/estampille-test.XXXXXX")"
chmod 755 "$run"
pg_pid="" driver_pid=""

stop() { # stop PID SIGNAL: ends one process that this script started, and waits for it
  [ -n "$1" ] && kill -0 "$1" 2>/dev/null || return 0
  kill "-$2" "$1" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
}

cleanup() {
  local status=$?
  trap - EXIT INT TERM
  stop "$driver_pid" TERM
  if [ -f "$run/pg/postmaster.pid" ]; then
    pg_pid="$(head -1 "$run/pg/postmaster.pid")"
    stop "$pg_pid" INT
  fi
  rm -rf "$run" || say "left behind: $run"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() { # a port on which nothing listens now
  local port
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  echo "no free port" >&2
  return 1
}

# PostgreSQL refuses to run as root: then it runs as an account that can do nothing else.
unprivileged() {
  if [ "$(id -u)" != 0 ]; then "$@"; else runuser -u "$(id -un postgres 2>/dev/null || echo nobody)" -- "$@"; fi
}

# ── PostgreSQL ─────────────────────────────────────────────────────────────────────────────────────────────────────
start_postgres() {
  local bin port
  bin="$(pg_bin)"
  [ -n "$bin" ] || bin="$(dirname "$(command -v initdb)")"
  mkdir "$run/pg" "$run/pg-socket"
  [ "$(id -u)" != 0 ] || chown "$(id -un postgres 2>/dev/null || echo nobody)" "$run/pg" "$run/pg-socket"
  (cd "$run" && unprivileged "$bin/initdb" -D "$run/pg" -U estampille -A trust -E UTF8 --locale=C --no-sync) >"$run/initdb.log" 2>&1 ||
    { cat "$run/initdb.log" >&2; return 1; }
  port="$(free_port)"
  (cd "$run" && unprivileged "$bin/pg_ctl" -D "$run/pg" -s -w -t 60 -l "$run/pg/server.log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$run/pg-socket -c fsync=off \
        -c full_page_writes=off -c synchronous_commit=off -c max_connections=300" start) ||
    { cat "$run/pg/server.log" >&2; return 1; }
  export TEST_POSTGRES_URL="postgres://estampille@127.0.0.1:$port?sslmode=disable"
}

# ── Chromium ───────────────────────────────────────────────────────────────────────────────────────────────────────
start_chromedriver() {
  local port
  port="$(free_port)"
  chromedriver --port="$port" --log-level=WARNING >"$run/chromedriver.log" 2>&1 &
  driver_pid=$!
  export TEST_CHROMEDRIVER="http://127.0.0.1:$port"
}

say "starting PostgreSQL and Chromium's driver in $run"
start_postgres
start_chromedriver
# Postfix is started by the tests that want one, each with its own folder and ports.
export TEST_POSTFIX="$(command -v postfix)"

# A snapshot that differs is a failure, never a new file.
export INSTA_UPDATE="${INSTA_UPDATE:-no}"

say "cargo test --locked $*"
cargo test --locked "$@"
