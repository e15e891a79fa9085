# shellcheck shell=bash
# The parts of scripts/testbed: namespaces, shaping, processes. Source it after lib.sh.
#
# Everything of one run carries its id, brb<process id of scripts/testbed>: namespaces by their names,
# processes by BRAMBLE_TESTBED_ID in their environment, the temporary folder by its name. That is how a
# run finds all it has to end (grandchildren of the command too), and `clean` the leftovers of dead runs.

PATH=$PATH:/usr/sbin:/sbin # where ip and tc are, also for those whose PATH lacks it

temporary_state() { mktemp -d "${TMPDIR:-/tmp}/bramble-testbed.$1.XXXXXX"; }

# -- network -------------------------------------------------------------------------------------

# mbit RATE: the rate in Mbit/s; fails for anything tc would not take.
mbit() {
  awk -v rate="$1" 'BEGIN {
    if (!match(rate, /^[0-9]+(\.[0-9]+)?(k|m|g)bit$/)) exit 1
    unit = substr(rate, length(rate) - 3, 1)
    value = rate * (unit == "k" ? 0.001 : unit == "g" ? 1000 : 1)
    if (value <= 0) exit 1
    print value }'
}

# What fits into the bucket passes at the speed of memory, so it must be small beside a halo of some
# 50 kB: with 2 ms of the rate, 250 kB at 940 Mbit/s took 0.5 ms instead of 2.1. It holds 0.17 ms, which at
# 940 Mbit/s (20 kB) is what the kernel's timers still refill in time, and at least 4 frames.
burst_bytes() { awk -v mbit="$1" 'BEGIN { bytes = mbit * 1e6 / 8 * 0.00017; if (bytes < 6000) bytes = 6000; printf "%d", bytes }'; }

# shape NAMESPACE DEVICE RATE: what leaves by DEVICE, from now on; 50 ms of it may queue, as in a home switch. TCP hands
# over trains of frames; those longer than the bucket would be taken apart at a great cost of CPU time.
# Called again it changes the rate: with a new handle, because a queue that goes on with a smaller bucket
# stands still for ever when a train that no longer fits is at its head.
shape() {
  local burst train
  burst=$(burst_bytes "$(mbit "$3")")
  train=$((burst * 4 / 5))
  ip -n "$1" link set "$2" gso_max_size $((train < 65536 ? train : 65536))
  tc -n "$1" qdisc replace dev "$2" root handle "$(printf %x: $((RANDOM + 1)))" tbf rate "$3" burst "$burst" latency 50ms
}

# make_network ID RATE...: a namespace per node, each on a port of the bridge in ID-sw. A port is
# shaped on both sides, because a network card is limited in both directions.
make_network() {
  local id=$1 rates=("${@:2}") rate i
  ip netns add "$id-sw" || fail "cannot make network namespaces here; add --loopback."
  ip -n "$id-sw" link add br0 type bridge mcast_snooping 0
  ip -n "$id-sw" link set br0 up
  for ((i = 1; i <= ${#rates[@]}; i++)); do
    rate=${rates[i - 1]}
    ip netns add "$id-$i"
    ip -n "$id-$i" link set lo up
    ip link add eth0 netns "$id-$i" type veth peer name "port$i" netns "$id-sw"
    ip -n "$id-$i" addr add "10.77.0.$i/24" dev eth0
    ip -n "$id-$i" link set eth0 up
    ip -n "$id-sw" link set "port$i" master br0 up
    if [[ $rate != none ]]; then
      shape "$id-$i" eth0 "$rate"
      shape "$id-sw" "port$i" "$rate"
    fi
  done
}

network_names() { ip netns list 2>/dev/null | awk -v id="$1-" 'index($1, id) == 1 { print $1 }'; }

remove_network() {
  local name
  for name in $(network_names "$1"); do ip netns delete "$name"; done
}

# free_base NODES: a random port from which each node finds two free ones, ten ports apart. It stays
# below the ports that the kernel hands out to clients.
free_base() {
  local nodes=$1 base i try busy
  busy=$(ss -Hltn | awk '{ sub(/.*:/, "", $4); print $4 }')
  for ((try = 0; try < 100; try++)); do
    base=$((12000 + RANDOM % 1800 * 10 + 1))
    for ((i = 0; i < nodes; i++)); do
      ! grep -qxE "$((base + 10 * i))|$((base + 10 * i + 1))" <<<"$busy" || continue 2
    done
    printf '%s' "$base"
    return
  done
  return 1
}

# -- processes -----------------------------------------------------------------------------------

# Process ids of all that belongs to run ID.
run_processes() { grep -slzxF "BRAMBLE_TESTBED_ID=$1" /proc/[0-9]*/environ | cut -d/ -f3 || true; }

# end_processes ID: TERM, also for what began meanwhile, and KILL for what is still there after 3 s.
end_processes() {
  local id=$1 pid signal=TERM since=$SECONDS pids
  local -A told=()
  while pids=$(run_processes "$id") && [[ -n $pids ]]; do
    ((SECONDS - since < 20)) || { say "testbed: cannot end these processes:" "${pids//$'\n'/ }"; return 1; }
    if [[ $signal == KILL ]] || ((SECONDS - since > 3)); then
      for pid in $pids; do
        say "testbed: process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c1-60)) ignored TERM for 3 s; killed."
        kill -KILL "$pid" 2>/dev/null || true
      done
      signal=KILL
    else
      for pid in $pids; do
        [[ -n ${told[$pid]:-} ]] || kill -TERM "$pid" 2>/dev/null || true
        told[$pid]=1
      done
    fi
    sleep 0.05
  done
}

# -- leftovers -----------------------------------------------------------------------------------

run_is_alive() { grep -qsaE "testbed|bench-links" "/proc/${1#brb}/cmdline"; }

known_runs() {
  {
    ip netns list 2>/dev/null | sed -nE 's/^(brb[0-9]+)-.*/\1/p'
    grep -shzaE '^BRAMBLE_TESTBED_ID=brb[0-9]+$' /proc/[0-9]*/environ | tr '\0' '\n' | cut -d= -f2
    find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'bramble-testbed.brb*' -user "$EUID" -printf '%f\n' | cut -d. -f2
  } | sort -u
}

clean_leftovers() {
  local id removed=0
  for id in $(known_runs); do
    if run_is_alive "$id"; then
      say "testbed: run $id is alive; left alone."
      continue
    fi
    end_processes "$id"
    ! is_root || { remove_network "$id"; remove_hogs "$id"; }
    rm -rf "${TMPDIR:-/tmp}/bramble-testbed.$id."*
    say "testbed: removed what was left of run $id."
    removed=$((removed + 1))
  done
  ((removed)) || say "testbed: no leftovers."
}
