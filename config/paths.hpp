#pragma once

#include <filesystem>
#include <optional>

#include "config/environment.hpp"

namespace bramble {

/// Where a node keeps its identity, certificates, models and measurements, as an absolute path: the
/// flag, else $BRAMBLE_HOME, else the service's folder when our user owns it (that is: we are the
/// service), else $XDG_DATA_HOME/bramble, else ~/.local/share/bramble. Creates nothing.
/// Throws `user_error` when the user has no home folder.
std::filesystem::path home_folder(const std::optional<std::filesystem::path>& flag = std::nullopt,
                                  const environment& variables = process_environment,
                                  const std::filesystem::path& service_folder = "/var/lib/bramble");

/// What is where in a home folder.
struct home_paths {
  explicit home_paths(const std::filesystem::path& home);

  std::filesystem::path home;
  std::filesystem::path keys;         ///< folder: certificates, see config/keys.hpp
  std::filesystem::path models;       ///< folder: bundles
  std::filesystem::path calibration;  ///< folder: measured op times
  std::filesystem::path options;      ///< bramble.toml
  std::filesystem::path peers;        ///< where the shelf was met, see discovery/peer_memory.hpp
  std::filesystem::path events;  ///< what happened to the shelf, see actors/observing/core/journal
  std::filesystem::path console_history;  ///< lines typed at the console
};

}  // namespace bramble
