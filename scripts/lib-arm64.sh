# shellcheck shell=bash
# Compiling for arm64 inside the Debian that chroot_make made for it. Source it after lib.sh; it does nothing by itself.
# shellcheck disable=SC2154  # repo is from there

arm64_build=$repo/build-arm64

# The libraries of scripts/packages.txt for arm64; those without machine code have no such variant.
foreign_libraries() {
  "$repo/scripts/setup" --list | grep -E '^(lib|catch2|nlohmann|prometheus-cpp)' | grep -v '^libclang' | while read -r name; do
    if [[ $name == libtorch-dev ]]; then
      printf 'libgflags-dev:arm64\nlibgoogle-glog-dev:arm64\nlibprotobuf-dev:arm64\n'
      apt-cache depends "$name:arm64" | sed -n 's/.*Depends: \(libtorch[0-9.]*:arm64\)$/\1/p'
    elif apt-cache show --no-all-versions "$name" | grep -x 'Architecture: all' >/dev/null; then
      printf '%s\n' "$name"
    else
      printf '%s:arm64\n' "$name"
    fi
  done
}

install_foreign_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  local wanted
  dpkg --add-architecture arm64
  "${apt[@]}" update >&2
  mapfile -t wanted < <(foreign_libraries)
  "${apt[@]}" install --yes --no-install-recommends g++-aarch64-linux-gnu libc6-dev:arm64 cmake ninja-build git \
    python3 qemu-user-static "${wanted[@]}" >&2
  # Its headers alone: the package wants an arm64 Python, which cannot be beside the one that runs here.
  (
    cd /var/cache/apt/archives || exit
    "${apt[@]}" download libtorch-dev:arm64 >&2
    dpkg -x libtorch-dev_*_arm64.deb /
  )
}

# The packages change when their list does.
arm64_build_has_packages() {
  local stamp=$repo/build-arm64.packages
  if ! cmp -s "$repo/scripts/packages.txt" "$stamp"; then
    install_foreign_packages
    cp "$repo/scripts/packages.txt" "$stamp"
  fi
}

# arm64_build_targets TARGET...: into $arm64_build.
arm64_build_targets() {
  arm64_build_has_packages
  cat >"$repo/build-arm64.cmake" <<'CMAKE'
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
CMAKE
  cmake -G Ninja -S "$repo" -B "$arm64_build" -DCMAKE_TOOLCHAIN_FILE="$repo/build-arm64.cmake" -DBRAMBLE_WERROR=ON \
    -DCMAKE_BUILD_TYPE=Release >&2
  ninja -C "$arm64_build" -j "$(build_jobs)" "$@" >&2
}
