#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bramble {

// Debian packages of this program that a node keeps for machines which join and have none: at most
// one for each architecture, in the home's folder `packages`.

inline std::filesystem::path packages_in(const std::filesystem::path& home) {
  return home / "packages";
}

struct kept_package {
  std::string architecture;  ///< "arm64", as dpkg calls it
  std::string version;
  std::string sha256;
  std::uint64_t bytes = 0;
  std::filesystem::path file;
};

/// Takes a copy in place of the one of that architecture. Asks dpkg-deb what it is; throws
/// `user_error` for what is no package of Bramble.
kept_package keep_package(const std::filesystem::path& folder, const std::filesystem::path& file);

/// By architecture. Throws `user_error` where one cannot be read.
std::vector<kept_package> kept_packages(const std::filesystem::path& folder);

/// What machines that join are told, a line for each: "ARCHITECTURE SHA256 BYTES VERSION". A code
/// with packages has a hash of it.
std::string format_packages(const std::vector<kept_package>& all);

}  // namespace bramble
