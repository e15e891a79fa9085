# shellcheck shell=bash
# Changes to a shelf of scripts/testbed while it runs. Source it after lib-testbed.sh.

live_help() {
  cat <<'TEXT'
       scripts/testbed CHANGE NODE [VALUE]
Changes the shelf that runs, from COMMAND or from another terminal:
  pace NODE SHARE     the node works at this share of its speed: 0.5; 1 takes it back
  drain NODE          no more work of other hosts; resume NODE takes it back
  rate NODE RATE      its network card, both ways, as tc writes it (100mbit)
  unplug NODE         its cable; replug NODE
  freeze NODE         SIGSTOP; thaw NODE
  kill NODE           kill -9; restart NODE starts a killed or stopped node again as it was
  hog NODE [PERCENT]  a busy loop beside the node in a CPU group that may take this much of one core (100);
                      unhog NODE
TEXT
}

live_changes='pace drain resume rate unplug replug freeze thaw kill restart hog unhog'

# The run that COMMAND belongs to, else the only one there is: sets `id`.
find_run() {
  id=${BRAMBLE_TESTBED_ID:-}
  [[ -z $id ]] || return 0
  local each alive=()
  for each in $(known_runs); do ! run_is_alive "$each" || alive+=("$each"); done
  ((${#alive[@]})) || fail "no shelf runs here; start one with scripts/testbed run."
  ((${#alive[@]} == 1)) || fail "several shelves run here (${alive[*]}); set BRAMBLE_TESTBED_ID to one of them."
  id=${alive[0]}
}

# node_pid NODE: its process; nothing when there is none.
node_pid() {
  local pid
  for pid in $(run_processes "$id"); do
    grep -qszxF "BRAMBLE_NAME=$1" "/proc/$pid/environ" && grep -qsaE '^bramble(-engine)?.node' "/proc/$pid/cmdline" || continue
    printf '%s' "$pid"
    return
  done
}

need_pid() {
  pid=$(node_pid "$1")
  [[ -n $pid ]] || fail "no process of node $1 runs in this shelf."
}

need_network() {
  port=${1#pi}
  network_names "$id" | grep -x "$id-$port" >/dev/null || fail "$1 has no network namespace here; a shelf on loopback has no cables."
}

# reshape NODE RATE: its card, both ways.
reshape() {
  mbit "$2" >/dev/null || usage_error "'$2' is no rate like 100mbit."
  need_network "$1"
  shape "$id-$port" eth0 "$2"
  shape "$id-sw" "port$port" "$2"
}

# How the node was started stands beside its log.
restart_node() {
  local start home
  [[ -z $(node_pid "$1") ]] || fail "$1 runs; kill it first."
  home=$(tr '\0' '\n' <"/proc/$(run_processes "$id" | head -n 1)/environ" | sed -n 's/^BRAMBLE_TESTBED_STATE=//p')
  [[ -s $home/$1/start ]] || fail "it is not known how $1 was started."
  mapfile -d '' start <"$home/$1/start"
  setsid "${start[@]}" </dev/null >>"$home/$1/node.log" 2>&1 &
}

hog_group() { printf '/sys/fs/cgroup/cpu/%s-%s' "$id" "$1"; }

hog() {
  local group percent=${2:-100}
  [[ $percent =~ ^[1-9][0-9]?$|^100$ ]] || usage_error "'$percent' is no percentage of a core from 1 to 100."
  group=$(hog_group "$1")
  need_pid "$1"
  mkdir -p "$group" || fail "no CPU groups (cgroup v1) can be made here."
  echo $((percent * 1000)) >"$group/cpu.cfs_quota_us"
  echo "$pid" >"$group/cgroup.procs"
  BRAMBLE_TESTBED_ID=$id setsid bash -c 'echo $$ >"$1/cgroup.procs"; echo $$ >"$2"; while :; do :; done' hog "$group" "${TMPDIR:-/tmp}/$id-$1.hog" </dev/null >/dev/null 2>&1 &
}

unhog() {
  local group file=${TMPDIR:-/tmp}/$id-$1.hog
  group=$(hog_group "$1")
  [[ -s $file ]] || fail "there is no hog beside $1."
  kill -KILL "$(cat "$file")"
  rm -f "$file"
  echo -1 >"$group/cpu.cfs_quota_us"
}

remove_hogs() {
  local group task
  rm -f "${TMPDIR:-/tmp}/$1-"*.hog
  for group in "/sys/fs/cgroup/cpu/$1-"*; do
    [[ -d $group ]] || continue
    while read -r task; do echo "$task" >/sys/fs/cgroup/cpu/cgroup.procs 2>/dev/null || true; done <"$group/cgroup.procs"
    rmdir "$group" 2>/dev/null || true
  done
}

change_shelf() {
  local what=$1 node_name=${2:-} value=${3:-} pid='' port='' id
  [[ $node_name =~ ^pi[1-9][0-9]?$ ]] || usage_error "$what needs a node like pi2, not '$node_name'."
  find_run
  case $what in
    pace | drain | resume)
      need_pid "$node_name"
      local keys
      keys=$(tr '\0' '\n' <"/proc/$pid/environ" | sed -n 's/^BRAMBLE_HOME=//p')
      local at=(env "BRAMBLE_HOME=$keys" "BRAMBLE_NODE=$(tr '\0' '\n' <"/proc/$pid/cmdline" | sed -n '/^--listen$/{n;p}')")
      ! network_names "$id" | grep -x "$id-${node_name#pi}" >/dev/null || at+=(ip netns exec "$id-${node_name#pi}")
      "${at[@]}" "$build/bramble" "$what" "$node_name" ${value:+"$value"}
      ;;
    rate) reshape "$node_name" "$value" ;;
    unplug) need_network "$node_name"; ip -n "$id-sw" link set "port$port" down ;;
    replug) need_network "$node_name"; ip -n "$id-sw" link set "port$port" up ;;
    freeze) need_pid "$node_name"; kill -STOP "$pid" ;;
    thaw) need_pid "$node_name"; kill -CONT "$pid" ;;
    kill) need_pid "$node_name"; kill -KILL "$pid" ;;
    restart) restart_node "$node_name" ;;
    hog) hog "$node_name" "$value" ;;
    unhog) unhog "$node_name" ;;
  esac
}
