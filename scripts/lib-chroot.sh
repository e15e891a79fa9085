# shellcheck shell=bash
# Another Debian release in a folder: made once, entered with mounts and processes of its own. Source it
# after lib.sh; it does nothing by itself.
# shellcheck disable=SC2154  # me and repo are from there

# The first Debian mirror of this machine's own package sources, in either of their two formats.
own_mirror() {
  local own
  own=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  # Any of these files may be missing; an empty line ends each one's last paragraph.
  # shellcheck disable=SC2016
  { sed -s '$G' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
    awk -v own="$own" '
      /^[ \t]*#/ { next }
      /^deb / { for (i = 2; i < NF; i++) if ($(i + 1) == own && $i ~ /:\/\//) { print $i; exit } }
      /^URIs:/ { uri = $2 }
      /^Suites:/ { for (i = 2; i <= NF; i++) if ($i == own) fits = 1 }
      /^[ \t]*$/ { if (fits && uri != "") { print uri; exit } uri = ""; fits = 0 }'
}

# chroot_make SUITE ROOT: unless it is there.
chroot_make() {
  local suite=$1 root=$2 mirror
  if [[ ! -x $root/usr/bin/apt-get ]]; then
    command -v debootstrap >/dev/null || fail "debootstrap is missing; type: apt-get install debootstrap"
    mirror=$(own_mirror)
    say "${me#scripts/}: making Debian $suite in $root"
    mkdir -p "$root"
    # Under another name until it is whole: half a Debian is not gone on with.
    rm -rf "$root.part"
    debootstrap --variant=minbase "$suite" "$root.part" ${mirror:+"$mirror"} >&2 ||
      fail "debootstrap failed; its words are above, and $root.part is what it left."
    # How this machine reaches its mirror (a proxy, a clock that is off) holds in there as well.
    apt-config dump --no-empty Acquire::Check-Date Acquire::Check-Valid-Until Acquire::http Acquire::https \
      >"$root.part/etc/apt/apt.conf.d/90host"
    rmdir "$root"
    mv "$root.part" "$root"
  fi
  cp --dereference /etc/resolv.conf "$root/etc/resolv.conf"
  # debootstrap leaves it to the installer; without it nothing is called localhost.
  [[ -e $root/etc/hosts ]] || printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' >"$root/etc/hosts"
  # A program that is installed must not be started as a service in here.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
}

# chroot_copy_tree ROOT: the working tree as git sees it, new files too, with its times, so that a build
# there goes on.
chroot_copy_tree() {
  local to=$1/root/bramble
  mkdir -p "$to"
  find "$to" -mindepth 1 -maxdepth 1 ! -name 'build*' -exec rm -rf {} +
  (
    cd "$repo" || exit
    git ls-files -z --cached --others --exclude-standard |
      while IFS= read -r -d '' file; do [[ ! -e $file && ! -L $file ]] || printf '%s\0' "$file"; done |
      tar --create --null --no-recursion --files-from=- | tar --extract --directory="$to"
  )
}

# chroot_inside ROOT COMMAND...: called by chroot_run in a mount and process namespace of its own.
chroot_inside() {
  local root=$1
  shift
  mount --make-rprivate /
  # ip netns wants its / to be a mount of its own.
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  # This is the first process of the namespace, on which signals only work where they are caught.
  trap 'exit 130' INT
  trap 'exit 143' TERM
  chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    "TERM=${TERM:-dumb}" "CI=${CI:-}" ${BRAMBLE_JOBS:+"BRAMBLE_JOBS=$BRAMBLE_JOBS"} \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    bash -c 'cd /root/bramble && exec "$@"' bash "$@"
}

# chroot_run ROOT COMMAND...: runs the command in the copy of the working tree; returns its exit code. What it
# mounts disappears with its last process, however that ends.
chroot_run() {
  local code=0
  # unshare itself ignores Ctrl-C and TERM, so it waits in the background; killed, or left by this script
  # in whatever way, it takes all of the namespace along.
  trap '[[ -z ${waiting:-} ]] || kill -KILL "$waiting" 2>/dev/null' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  # shellcheck disable=SC2016  # for the inner shell
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child env --default-signal=INT,QUIT \
    bash -euo pipefail -c '. "$1/scripts/lib.sh"; . "$1/scripts/lib-chroot.sh"; shift; chroot_inside "$@"' \
    "$0" "$repo" "$@" <&0 &
  waiting=$!
  wait "$waiting" || code=$?
  waiting=''
  return "$code"
}
