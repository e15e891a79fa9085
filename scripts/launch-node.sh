#!/usr/bin/env bash
set -euo pipefail

# From three beginnings: a package that is installed, one that lies beside this script, or the source tree. In the first
# two this script may be alone: the package has the rest of it.
here=$(cd "$(dirname "$0")" && pwd)
if [[ " $* " != *' --help '* ]] && ! command -v bramble >/dev/null && command -v dpkg >/dev/null; then
  kind=deb$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")_$(dpkg --print-architecture)
  beside=$(find "$here" -maxdepth 1 -name "bramble_*+$kind.deb" | sort -V | tail -n 1)
  if [[ -n $beside ]]; then
    printf 'launch-node: installing %s\n' "$beside" >&2
    ((EUID == 0)) && sudo=() || sudo=(sudo)
    "${sudo[@]}" apt-get update -q >&2
    "${sudo[@]}" apt-get install --yes "$beside" >&2
  fi
fi
if [[ ! -e $here/lib.sh ]]; then
  whole=/usr/share/bramble/launch-node.sh
  [[ ! -x $whole ]] || exec "$whole" "$@"
  echo "launch-node.sh: alone it can do nothing; put the package bramble_..._${kind:-deb12_arm64}.deb beside it, or take the source tree." >&2
  exit 1
fi
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

help() {
  cat <<'TEXT'
Usage: scripts/launch-node.sh [CODE | --code CODE | --join HOST[:PORT]...] [--name N] [--replace] [--listen ADDR[:PORT]] [--background]
       scripts/launch-node.sh --stop | --status
Starts this machine's node of a Bramble cluster, from nothing: uses the installed bramble, else installs what is
missing and builds it; makes or fetches the node's keys; starts the node.
  --code CODE     what 'bramble invite' printed on the node that was started first: this machine joins its cluster. One of
                  'invite --short' has no address: the program has to be here already, and mDNS finds that node
  --join HOST     a node of the cluster; the first node of all has none. Without a code the keys come from HOST by ssh
  --name N        what the others call this node (the name in its keys, else the machine's)
  --replace       this machine takes the place of the one that had the name: it gets new keys of it
  --listen ADDR   where to listen (0.0.0.0:7741; tensors use the next port)
  --background    as a service of this user, started again when it fails; ends with what is a problem, if anything
  --stop          stop what --background started
  --status        say whether it runs, and what it sees of the cluster
Where no bramble is in the PATH, it puts a link to it into XDG_BIN_HOME (~/.local/bin; root: /usr/local/bin).
From the installed package (one that lies beside this script is installed first) root starts the system's service
bramble, which has a user of that name and its state in /var/lib/bramble.
REMOTE_BRAMBLE is the bramble program on HOST, where it is neither in the PATH nor in ~/bramble/build.
Example: scripts/launch-node.sh --code 192.168.1.10/K7Q2M-... --background
TEXT
}

joins=() code='' given='' replace='' name='' listen='' action=foreground
while (($#)); do
  case $1 in
    --code) needs_value "$@"; code=$2; shift ;;
    */* | [0-9A-Za-z]*-*-*-*-*) code=$1 ;;
    --join) needs_value "$@"; joins+=("$2"); shift ;;
    --name) needs_value "$@"; name=$2 given=1; shift ;;
    --replace) replace=--replace ;;
    --listen) needs_value "$@"; listen=$2; shift ;;
    --background | --stop | --status) action=${1#--} ;;
    --help) help; exit 0 ;;
    *) usage_error "unknown argument '$1'." ;;
  esac
  shift
done

# As 'bramble keys name' has it, for where there is no program yet: a-z, 0-9, '.' and '-', a letter or digit at both ends.
fitting() {
  local name
  name=$(printf '%s' "$1" | LC_ALL=C tr '[:upper:]' '[:lower:]' | LC_ALL=C tr -cs 'a-z0-9.-' '-' | LC_ALL=C sed 's/^[.-]*//' | cut -c1-63 | sed 's/[.-]*$//')
  printf '%s' "${name:-node}"
}
wanted=${name:-$(uname -n | cut -d. -f1)}
# The name goes through a shell on another machine.
name=$(fitting "$wanted")
[[ $name == "$wanted" ]] || say "launch-node: a node cannot be called '$wanted'; it is called $name."

# Root's node from the package is the package's own service.
service='' service_options=/etc/systemd/system/bramble.service.d/launch-node.conf
if is_root && [[ -z ${BRAMBLE_HOME:-} && -d /run/systemd/system ]] && systemctl cat bramble.service >/dev/null 2>&1; then
  service=1 BRAMBLE_HOME=/var/lib/bramble
fi
BRAMBLE_HOME=$(bramble_home)
export BRAMBLE_HOME
pid_file=$BRAMBLE_HOME/node.pid log=$BRAMBLE_HOME/node.log
unit=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user/bramble.service

# -- the program, from a node that invites -------------------------------------------------------

# A code with packages is longer by the first 128 bits of the SHA-256 of their list (discovery/invitations/join_code.hpp).
# Prints that hash; fails where the code has none.
packages_hash() {
  local digits=0123456789ABCDEFGHJKMNPQRSTVWXYZ body held=0 bits=0 hex='' before i
  body=${code##*/}
  body=${body//-/}
  body=${body^^}
  body=${body//O/0}
  body=${body//[IL]/1}
  ((${#body} == 71)) || return 1
  for ((i = 0; i < ${#body}; i++)); do
    before=${digits%%"${body:i:1}"*}
    ((${#before} < 32)) || return 1
    held=$(((held << 5 | ${#before}) & 0xffff)) bits=$((bits + 5))
    ((bits >= 8)) || continue
    bits=$((bits - 8)) hex+=$(printf %02x $((held >> bits & 255)))
  done
  printf '%s' "${hex:52:32}"
}

# Where the code leads: each host of it with the port.
places_in_code() {
  [[ $code == */* ]] || return 0
  local hosts=${code%%/*} rest=${code#*/} port=7743 host
  [[ $rest != */* ]] || port=${rest%%/*}
  for host in ${hosts//+/ }; do
    [[ $host != *:* ]] || host="[$host]"
    printf '%s\n' "$host:$port"
  done
}

program_from_shelf() {
  local wanted place arch line sum folder
  [[ -n $code ]] && wanted=$(packages_hash) || return 1
  command -v curl >/dev/null && arch=$(dpkg --print-architecture) || return 1
  folder=$(mktemp -d)
  for place in $(places_in_code); do
    curl -gfsS --connect-timeout 5 --max-filesize 100000 -o "$folder/packages" "http://$place/packages" || continue
    sum=$(sha256sum <"$folder/packages")
    if [[ ${sum:0:32} != "$wanted" ]]; then
      say "launch-node: what $place says of its packages is not what the code says; nothing of it is used."
      continue
    fi
    if ! line=$(grep "^$arch " "$folder/packages"); then
      say "launch-node: $place has no package for $arch; there: bramble package add FILE.deb"
      break
    fi
    read -r arch sum _ <<<"$line"
    say "launch-node: taking Bramble from $place"
    curl -gfsS --connect-timeout 5 -o "$folder/bramble_$arch.deb" "http://$place/$arch.deb" || continue
    if ! sha256sum --check --status <<<"$sum  $folder/bramble_$arch.deb"; then
      say "launch-node: the package that $place gave is not the one it promised; it is not used."
      continue
    fi
    install_package "$folder/bramble_$arch.deb"
    rm -rf "$folder"
    return
  done
  rm -rf "$folder"
  return 1
}

install_package() {
  say "launch-node: installing $1"
  # The user apt downloads as cannot look into a private folder.
  chmod a+rx "$(dirname "$1")"
  as_root apt-get install -y --no-install-recommends "$1" >&2
}

# -- the program and its keys --------------------------------------------------------------------

find_program() {
  program=$(realpath -m "$(command -v bramble || echo "$build/bramble")")
}

have_program() {
  find_program
  if [[ ! -x $program ]] && program_from_shelf; then find_program; fi
  if [[ ! -x $program ]]; then
    "$repo/scripts/setup" --yes
    "$repo/scripts/build" --target bramble --target bramble-engine
  fi
  put_in_path
}

# So that `bramble status` can be typed from now on. Links follow the next build by themselves.
put_in_path() {
  local folder=$HOME/.local/bin
  ! command -v bramble >/dev/null || return 0
  if is_root; then folder=/usr/local/bin; fi
  folder=${XDG_BIN_HOME:-$folder}
  if [[ -e $folder/bramble && ! -L $folder/bramble ]] || ! mkdir -p "$folder" || ! ln -sfn "$program" "$folder/bramble"; then
    say "launch-node: bramble is not in your PATH; it is $program"
  elif [[ :$PATH: == *:$folder:* ]]; then
    say "launch-node: 'bramble' is in your PATH now ($folder)."
  else
    say "launch-node: 'bramble' is in $folder, which new logins have in their PATH; in this shell type:
    export PATH=\"$folder:\$PATH\""
  fi
}

name_known=1 bundle='' said=''
trap 'rm -f ${bundle:+"$bundle"} ${said:+"$said"}' EXIT

fetch_keys() {
  local host=${joins[0]%:*} there ssh=(ssh)
  # Who typed sudo has the keys of ssh.
  [[ -z $service || -z ${SUDO_USER:-} ]] || ssh=(runuser -u "$SUDO_USER" -- ssh)
  # The shell on the other machine looks for the program there, and whether its node is the package's service.
  # shellcheck disable=SC2016
  there='bramble=$(command -v bramble || echo ~/bramble/build/bramble); as=
    if [ -d /var/lib/bramble ] && [ ! -O /var/lib/bramble ] && [ ! -e ~/.local/share/bramble/keys ]; then as="sudo -u bramble"; fi
    exec $as "$bramble" keys issue '"$replace $name"
  [[ -z ${REMOTE_BRAMBLE:-} ]] || there="exec '$REMOTE_BRAMBLE' keys issue $replace $name"
  say "launch-node: asking $host by ssh for this node's keys"
  bundle=$(umask 077 && mktemp)
  said=$(mktemp)
  # shellcheck disable=SC2029
  if "${ssh[@]}" "$host" "$there" >"$bundle" 2>"$said" && [[ -s $bundle ]]; then
    "$program" keys install "$bundle"
    rm -f "$bundle"
    return
  fi
  cat "$said" >&2
  if grep -q 'keys issue --replace' "$said"; then
    say "launch-node: another machine of that cluster is called $name, and two of one name shut each other out. Either
    give this one a name of its own:     scripts/launch-node.sh --join $host --name $name-2
    or, if it takes the other's place:   scripts/launch-node.sh --join $host --name $name --replace"
    exit 1
  fi
  say "launch-node: $host gave no keys.
If Bramble is neither in the PATH there nor in ~/bramble/build, say where it is and try again:
    REMOTE_BRAMBLE=/path/to/bramble scripts/launch-node.sh --join ${joins[0]} ...
Else by hand, on the node that was started first of all (without --join; it has the authority's key):
    bramble keys issue $name > $name.keys
bring $name.keys here by any safe way, and type on this machine:
    BRAMBLE_HOME='$BRAMBLE_HOME' '$program' keys install $name.keys && rm $name.keys
Then start scripts/launch-node.sh again as before."
  exit 1
}

have_keys() {
  mkdir -p "$BRAMBLE_HOME"
  local shown
  if shown=$("$program" keys show --json 2>/dev/null); then
    # It says so, or that this machine is of another cluster.
    [[ -z $code ]] || "$program" join "$code" || exit
    [[ -n $given ]] || name=$(sed -n 's/.*"node": *"\([^"]*\)".*/\1/p' <<<"$shown")
    return
  fi
  # Keys that cannot be used now: the node says why, and waits where only the clock is wrong.
  if [[ -e $BRAMBLE_HOME/keys/node.crt && -z $replace ]]; then
    name_known=''
    return
  fi
  if [[ -n $code ]]; then
    join_by_code
  elif ((${#joins[@]})); then
    fetch_keys
  else
    "$program" keys init --name "$name"
  fi
}

# Who invites may have chosen the name.
join_by_code() {
  "$program" join "$code" ${given:+--name "$name"} || exit
  name=$("$program" keys show --json | sed -n 's/.*"node": *"\([^"]*\)".*/\1/p')
}

node_command() {
  local join
  command=("$program" node)
  [[ -z $name_known$given ]] || command+=(--name "$name")
  [[ -z $listen ]] || command+=(--listen "$listen")
  for join in "${joins[@]}"; do command+=(--join "$join"); done
}

# -- in the background ---------------------------------------------------------------------------

has_systemd() { command -v systemctl >/dev/null && systemctl --user show-environment >/dev/null 2>&1; }

# systemd's own quoting: % means something to it inside quotes, too.
quoted() { sed 's/[\\"]/\\&/g; s/%/%%/g; s/.*/"&"/' <<<"$1"; }

start_service() {
  local word line=''
  for word in "${command[@]}"; do line+="$(quoted "${word//\$/\$\$}") "; done
  mkdir -p "$(dirname "$unit")"
  cat >"$unit" <<TEXT
[Unit]
Description=Bramble node $name

[Service]
Environment=$(quoted "BRAMBLE_HOME=$BRAMBLE_HOME")
ExecStart=$line
Restart=on-failure
RestartSec=2

[Install]
WantedBy=default.target
TEXT
  systemctl --user daemon-reload
  systemctl --user enable bramble.service
  systemctl --user restart bramble.service
  say "launch-node: $name runs as the service bramble of $(id -un); its log: journalctl --user -u bramble
It stops when you log out, unless you once type: loginctl enable-linger"
}

# What was said here goes beside the unit, which is the package's.
start_system_service() {
  local variables join
  variables=$(quoted "BRAMBLE_NAME=$name")
  join=$(IFS=,; printf '%s' "${joins[*]}")
  [[ -z $join ]] || variables+=" $(quoted "BRAMBLE_JOIN=$join")"
  [[ -z $listen ]] || variables+=" $(quoted "BRAMBLE_LISTEN=$listen")"
  mkdir -p "$(dirname "$service_options")"
  printf '[Service]\nEnvironment=%s\n' "$variables" >"$service_options"
  systemctl daemon-reload
  systemctl enable bramble.service
  systemctl restart bramble.service || fail "the service does not start; type: journalctl -u bramble -n 20"
  say "launch-node: $name runs as the system's service bramble; its log: journalctl -u bramble
What asks it does so as its user: sudo -u bramble bramble status"
}

# The process of the pid file, where it still is a node; a number alone may have been used again.
background_pid() {
  local pid
  [[ -s $pid_file ]] && pid=$(<"$pid_file") && grep -qsa bramble "/proc/$pid/cmdline" && printf '%s' "$pid"
}

start_detached() {
  local pid
  if pid=$(background_pid); then fail "the node runs already, as process $pid; scripts/launch-node.sh --stop ends it."; fi
  say "launch-node: this user has no systemd session; starting the node as a plain background process."
  setsid "${command[@]}" </dev/null >>"$log" 2>&1 &
  pid=$!
  echo "$pid" >"$pid_file"
  local ready code=0 ended=''
  "$program" status --node "$(node_address)" --wait 1 --timeout 60 >/dev/null 2>&1 &
  ready=$!
  wait -n -p ended "$pid" "$ready" || code=$?
  if [[ $ended == "$pid" ]]; then
    kill "$ready" 2>/dev/null || true
    rm -f "$pid_file"
    tail -n 5 "$log" >&2
    fail "the node ended at once; the end of $log is above."
  fi
  ((code == 0)) || say "launch-node: the node does not answer yet; see $log."
  say "launch-node: $name runs as process $pid; its log: $log
It does not come back by itself after a restart of this machine."
}

# Where a client on this machine reaches the node.
node_address() {
  local address=${listen:-localhost}
  printf '%s' "${address/#0.0.0.0/localhost}"
}

# What is a problem with this machine, its network or its cluster, once the node answers.
say_problems() {
  local ask=(env "BRAMBLE_NODE=$(node_address)" "$program")
  [[ -z $service ]] || ask=(runuser -u bramble -- "${ask[@]}")
  "${ask[@]}" status --wait 1 --timeout 60 >/dev/null 2>&1 || true
  "${ask[@]}" doctor --problems >&2 || say "launch-node: all that was looked at: bramble doctor"
}

stop_node() {
  local pid tries
  if [[ -n $service ]]; then
    systemctl disable --now bramble.service
    rm -f "$service_options"
    rmdir --ignore-fail-on-non-empty "$(dirname "$service_options")"
    systemctl daemon-reload
    say "launch-node: the service is stopped; keys and models stay in $BRAMBLE_HOME."
  elif has_systemd && [[ -f $unit ]]; then
    systemctl --user disable --now bramble.service
    rm -f "$unit"
    systemctl --user daemon-reload
    say "launch-node: the service is stopped and removed; keys and models stay in $BRAMBLE_HOME."
  elif pid=$(background_pid); then
    kill "$pid"
    for ((tries = 0; tries < 100; tries++)); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    ! kill -0 "$pid" 2>/dev/null || fail "process $pid does not end; type: kill -9 $pid"
    rm -f "$pid_file"
    say "launch-node: the node is stopped."
  else
    fail "no node of this user runs in the background."
  fi
}

show_status() {
  local pid
  if [[ -n $service ]]; then
    say "launch-node: the system's service bramble is $(systemctl is-active bramble.service || true)."
  elif has_systemd && [[ -f $unit ]]; then
    say "launch-node: the service bramble of $(id -un) is $(systemctl --user is-active bramble.service || true)."
  elif pid=$(background_pid); then
    say "launch-node: the node runs as process $pid."
  else
    say "launch-node: no node of this user runs in the background."
  fi
  find_program
  [[ -x $program ]] || fail "bramble is neither installed nor built; scripts/launch-node.sh does that."
  exec "$program" status --node "$(node_address)"
}

case $action in
  stop) stop_node ;;
  status) show_status ;;
  *)
    have_program
    have_keys
    # Root has made them; the service reads them.
    [[ -z $service ]] || chown -hR bramble:bramble "$BRAMBLE_HOME/keys"
    node_command
    [[ $action != foreground || -z $service ]] || exec runuser -u bramble -- "${command[@]}"
    if [[ $action == foreground ]]; then exec "${command[@]}"; fi
    if [[ -n $service ]]; then start_system_service; elif has_systemd; then start_service; else start_detached; fi
    say_problems
    ;;
esac
