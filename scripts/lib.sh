# shellcheck shell=bash
# What the scripts in this folder share. Source it; it does nothing by itself.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034  # for the scripts that source this
build=${BRAMBLE_BUILD_DIR:-$repo/build}
me=scripts/$(basename "$0")

# Standard output belongs to results; whatever a script says about its work goes to standard error.
say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$me: $*"
  exit 1
}

usage_error() {
  say "$me: $* Try '$me --help'."
  exit 2
}

# needs_value OPTION [VALUE...]: a usage error where the option's value is missing.
needs_value() { (($# >= 2)) || usage_error "$1 needs a value."; }

is_root() { ((EUID == 0)); }

as_root() {
  if is_root; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "this needs root and there is no sudo here; as root, type: $*"
  fi
}

# step NAME COMMAND...: runs it, and remembers how long it took for steps_summary.
steps=() started=$SECONDS
# Its own variables have names of their own: a function that it runs sees them instead of the script's.
step() {
  local step_name=$1 step_since=$SECONDS
  shift
  say "== $step_name"
  "$@" || fail "$step_name failed after $((SECONDS - step_since)) s."
  steps+=("$step_name $((SECONDS - step_since)) s")
}

# "40 s: setup 3 s, build 37 s": all steps so far.
steps_summary() {
  local summary
  printf -v summary '%s, ' "${steps[@]}"
  printf '%d s: %s' $((SECONDS - started)) "${summary%, }"
}

# One compiler takes up to 2 GB on a file that includes LibTorch; a Pi has no memory for one per core.
build_jobs() {
  if [[ -n ${BRAMBLE_JOBS:-} ]]; then
    printf '%s' "$BRAMBLE_JOBS"
    return
  fi
  awk -v cores="$(nproc)" '$1 == "MemAvailable:" {
    jobs = int($2 / 2e6); if (jobs > cores) jobs = cores; if (jobs < 1) jobs = 1; print jobs }' /proc/meminfo
}

# The project's C++ files, from the repository's root; a copy without git has them as well.
source_files() (
  cd "$repo" || exit
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' | while read -r file; do
      [[ ! -f $file ]] || printf '%s\n' "$file"
    done
  else
    find . -path './build*' -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print | sed 's|^\./||' | sort
  fi
)

# clang_major PROGRAM: the major version of clang-format or clang-tidy.
clang_major() { "$1" --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -1; }

# The state folder that a node of this user has, as `bramble` itself chooses it (config/paths.hpp).
bramble_home() {
  if [[ -n ${BRAMBLE_HOME:-} ]]; then
    realpath -m "$BRAMBLE_HOME"
  elif [[ -O /var/lib/bramble ]]; then
    printf '/var/lib/bramble'
  else
    printf '%s' "${XDG_DATA_HOME:-$HOME/.local/share}/bramble"
  fi
}
