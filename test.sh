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
command -v dovecot >/dev/null && [ -x /usr/lib/dovecot/imap ] || missing+=(dovecot-imapd)
command -v dovecot >/dev/null && [ -x /usr/lib/dovecot/pop3 ] || missing+=(dovecot-pop3d)
command -v openssl >/dev/null || missing+=(openssl)
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
  missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Ubuntu has the browser and its driver under other names.
name_as_here() {
  local package names=()
  for package in "${missing[@]}"; do
    if [[ "$(apt-cache policy "$package")" != *"Candidate: "[!\(]* ]]; then
      case "$package" in
        chromium) package=chromium-browser ;;
        chromium-driver) package=chromium-chromedriver ;;
      esac
    fi
    names+=("$package")
  done
  missing=("${names[@]}")
}

install_missing() {
  say "installing ${missing[*]}"
  # Nothing that apt installs here may start as a system service: the tests start their own.
  local policy=/usr/sbin/policy-rc.d guard="" result=0
  if [ ! -e "$policy" ]; then
    guard=1
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  # A new Postfix serves nobody but this machine; one that is there already is not asked.
  case " ${missing[*]} " in
    *" postfix "*) echo "postfix postfix/main_mailer_type select Local only" | as_root debconf-set-selections ;;
  esac
  {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    name_as_here
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  } >&2 || result=$?
  [ -z "$guard" ] || { as_root rm -f "$policy"; trap - EXIT; }
  # Nor at the next start of the machine.
  if [ -d /run/systemd/system ]; then
    local package
    for package in "${missing[@]}"; do
      case "$package" in
        postgresql | postfix | dovecot-*) as_root systemctl disable --quiet "${package%%-*}" 2>/dev/null || true ;;
      esac
    done
  fi
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
pg_pid="" driver_pid="" has_postfix="" has_dovecot="" has_exim="" has_small_disk=""

stop() { # stop PID SIGNAL: ends one process that this script started, and waits for it
  [ -n "$1" ] && kill -0 "$1" 2>/dev/null || return 0
  kill "-$2" "$1" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
}

# Its daemon, and the runners of its queue, which end soon after it.
stop_exim() {
  local pid
  pid="$(cat "$run/exim/pid" 2>/dev/null)" && as_root kill "$pid" 2>/dev/null || true
  for _ in $(seq 50); do
    pgrep -f -- "-C $run/exim/exim.conf" >/dev/null || return 0
    sleep 0.1
  done
}

cleanup() {
  local status=$?
  trap - EXIT INT TERM
  stop "$driver_pid" TERM
  [ -z "$has_postfix" ] || as_root postfix -c "$run/postfix/etc" stop >/dev/null 2>&1 || true
  [ -z "$has_dovecot" ] || as_root doveadm -c "$run/dovecot/dovecot.conf" stop >/dev/null 2>&1 || true
  [ -z "$has_exim" ] || stop_exim
  if [ -f "$run/pg/postmaster.pid" ]; then
    pg_pid="$(head -1 "$run/pg/postmaster.pid")"
    stop "$pg_pid" INT
  fi
  [ -z "$has_postfix" ] || as_root rm -rf "$run/postfix" "$run/dovecot" "$run/exim"
  [ -z "$has_small_disk" ] || as_root umount -l "$run/small" 2>/dev/null || true
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
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    kill -0 "$driver_pid" 2>/dev/null || { cat "$run/chromedriver.log" >&2; return 1; }
    sleep 0.1
  done
  export TEST_CHROMEDRIVER="http://127.0.0.1:$port"
}

# ── Postfix ────────────────────────────────────────────────────────────────────────────────────────────────────────
# A relay as operators run it: it takes mail from this machine, brings reports for our mail domain back to the listener
# of the installation under test, and everything else to the mail server of the test. It can only be started by root.
start_postfix() {
  local etc="$run/postfix/etc" port
  export TEST_POSTFIX_NEXT_HOP="127.0.0.1:$(free_port)" TEST_POSTFIX_RETURNS_TO="127.0.0.1:$(free_port)"
  port="$(free_port)"
  export TEST_POSTFIX_RELAY="smtp://127.0.0.1:$port"
  as_root mkdir -p "$etc" "$run/postfix/queue" "$run/postfix/data"
  has_postfix=1
  as_root chown postfix "$run/postfix/data"
  as_root tee "$etc/main.cf" >/dev/null <<MAIN
compatibility_level = 3.6
config_directory = $etc
queue_directory = $run/postfix/queue
data_directory = $run/postfix/data
maillog_file = $run/postfix/log
maillog_file_prefixes = $run
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtputf8_enable = no
alias_maps =
alias_database =
local_recipient_maps =
transport_maps = inline:{ {bounces.estampille.example = smtp:[${TEST_POSTFIX_RETURNS_TO%:*}]:${TEST_POSTFIX_RETURNS_TO#*:}} {nowhere.example = smtp:[nowhere.example]} }
smtp_host_lookup = native
delay_warning_time = 3s
default_transport = smtp:[${TEST_POSTFIX_NEXT_HOP%:*}]:${TEST_POSTFIX_NEXT_HOP#*:}
minimal_backoff_time = 2s
maximal_backoff_time = 2s
queue_run_delay = 2s
MAIN
  as_root tee "$etc/master.cf" >/dev/null <<MASTER
127.0.0.1:$port inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 2 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
MASTER
  as_root postfix -c "$etc" start >"$run/postfix.log" 2>&1 || { cat "$run/postfix.log" >&2; return 1; }
}

# ── A disk that can be full ────────────────────────────────────────────────────────────────────────────────────────
mount_small_disk() {
  mkdir "$run/small"
  as_root mount -t tmpfs -o size=48m,mode=1777 estampille-test "$run/small" || return 1
  has_small_disk=1
  mkdir "$run/small/postgres"
  [ "$(id -u)" != 0 ] || chown "$(id -un postgres 2>/dev/null || echo nobody)" "$run/small/postgres"
  chmod 700 "$run/small/postgres"
  export TEST_SMALL_DISK="$run/small"
}

# ── Exim ───────────────────────────────────────────────────────────────────────────────────────────────────────────
# The other common relay, with the same two ways out. Debian gives a machine one mail server only, so its program is
# unpacked into the folder of this run instead of being installed beside Postfix; only what it is linked with is.
unpack_exim() {
  local deb="$run/exim/deb" libraries
  mkdir -p "$deb"
  (cd "$deb" && apt-get download -qq exim4-daemon-light >/dev/null 2>&1) ||
    { as_root apt-get update -qq >&2; (cd "$deb" && apt-get download -qq exim4-daemon-light >&2); } || return 1
  dpkg -x "$deb"/exim4-daemon-light*.deb "$run/exim/root"
  # The program asks for the account that its package would make.
  id Debian-exim >/dev/null 2>&1 ||
    as_root useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin Debian-exim
  if ldd "$run/exim/root/usr/sbin/exim4" | grep -q "not found"; then
    libraries="$(apt-cache depends exim4-daemon-light | sed -n 's/^ *Depends: \(lib[^ <>]*\)$/\1/p')"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $libraries >&2
  fi
}

start_exim() {
  local home="$run/exim" exim="$run/exim/root/usr/sbin/exim4" port
  export TEST_EXIM_NEXT_HOP="127.0.0.1:$(free_port)" TEST_EXIM_RETURNS_TO="127.0.0.1:$(free_port)"
  port="$(free_port)"
  unpack_exim || return 1
  mkdir -p "$home/spool" "$home/log"
  cat >"$home/exim.conf" <<EXIM
exim_path = $exim
never_users =
primary_hostname = exim.example
qualify_domain = exim.example
spool_directory = $home/spool
log_file_path = $home/log/%slog
pid_file_path = $home/pid
daemon_smtp_ports = $port
local_interfaces = 127.0.0.1
host_lookup =
helo_allow_chars = _
tls_advertise_hosts =
acl_smtp_rcpt = accept
acl_smtp_data = accept
keep_environment =
queue_run_max = 3
delay_warning = 3s:1d
delay_warning_condition = yes
ignore_bounce_errors_after = 1m

begin acl

begin routers
returns:
  driver = manualroute
  domains = bounces.estampille.example
  transport = returns
  route_list = * 127.0.0.1 byname
  self = send
next_hop:
  driver = manualroute
  domains = mailbox.example
  transport = next_hop
  route_list = * 127.0.0.1 byname
  self = send

begin transports
returns:
  driver = smtp
  port = ${TEST_EXIM_RETURNS_TO#*:}
  allow_localhost
  hosts_avoid_tls = *
next_hop:
  driver = smtp
  port = ${TEST_EXIM_NEXT_HOP#*:}
  allow_localhost
  hosts_avoid_tls = *

begin retry
* * F,1h,1s
EXIM
  as_root chown -R Debian-exim:Debian-exim "$home/spool" "$home/log"
  # Exim takes a configuration of its own only from root, in a file that nobody else can write.
  as_root chown root:root "$home" "$home/exim.conf" "$exim"
  has_exim=1
  as_root "$exim" -C "$home/exim.conf" -bd -q2s >"$run/exim.log" 2>&1 || { cat "$run/exim.log" >&2; return 1; }
  export TEST_EXIM_RELAY="smtp://127.0.0.1:$port"
}

# ── Dovecot ────────────────────────────────────────────────────────────────────────────────────────────────────────
# A mailbox server: any user with the one password has an empty mailbox.
start_dovecot() {
  local home="$run/dovecot"
  mkdir -p "$home/mail"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
    -keyout "$home/key.pem" -out "$home/cert.pem" 2>"$run/openssl.log" || { cat "$run/openssl.log" >&2; return 1; }
  export TEST_DOVECOT_CA="$home/cert.pem"
  export TEST_DOVECOT_IMAPS="127.0.0.1:$(free_port)" TEST_DOVECOT_IMAP="127.0.0.1:$(free_port)"
  export TEST_DOVECOT_POP3S="127.0.0.1:$(free_port)" TEST_DOVECOT_POP3="127.0.0.1:$(free_port)"
  cat >"$home/dovecot.conf" <<DOVECOT
protocols = imap pop3
base_dir = $home/run
state_dir = $home/state
log_path = $home/log
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:~/Maildir
ssl = required
ssl_cert = <$home/cert.pem
ssl_key = <$home/key.pem
disable_plaintext_auth = yes
passdb {
  driver = static
  args = password=post-office
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$home/mail/%u
}
service imap-login {
  inet_listener imap {
    port = ${TEST_DOVECOT_IMAP#*:}
  }
  inet_listener imaps {
    port = ${TEST_DOVECOT_IMAPS#*:}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${TEST_DOVECOT_POP3#*:}
  }
  inet_listener pop3s {
    port = ${TEST_DOVECOT_POP3S#*:}
    ssl = yes
  }
}
DOVECOT
  as_root chown mail:mail "$home/mail"
  has_dovecot=1
  as_root dovecot -c "$home/dovecot.conf" >"$run/dovecot.log" 2>&1 || { cat "$run/dovecot.log" >&2; return 1; }
}

say "starting PostgreSQL, Chromium's driver, Postfix, Exim and Dovecot in $run"
start_postgres
start_chromedriver
if [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; then
  start_postfix
  start_exim
  start_dovecot
  mount_small_disk
else
  say "Postfix, Exim, Dovecot and a small disk need root, and there is no sudo: their tests will fail"
fi

# A snapshot that differs is a failure, never a new file.
export INSTA_UPDATE="${INSTA_UPDATE:-no}"

say "cargo test --locked --no-fail-fast $*"
cargo test --locked --no-fail-fast "$@"
