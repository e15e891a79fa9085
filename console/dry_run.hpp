#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "balancer/shelf/profile.hpp"

namespace bramble {

/// What a plan without a cluster is made from.
struct dry_run {
  std::string name;      ///< of the model, as it was asked for
  std::string identity;  ///< empty for a profile, which is no bundle
  graph model;
  shelf devices;
};

/// `model` is a stored model's name or identity, the path of a profile (ends with .json), or empty:
/// then the profile is the model as well. `profile` (may be empty) says what share of a model's
/// time each op takes on nodes of which only `gmacs` is known. Throws `user_error` for everything
/// that cannot be found, read or matched.
dry_run load_dry_run(const std::filesystem::path& models, const std::string& model,
                     const std::string& profile, const std::string& shelf_file);

/// The same on a shelf of equal nodes "pi1", "pi2"... of defaults::sweep_gmacs.
dry_run load_dry_run(const std::filesystem::path& models, const std::string& model,
                     const std::string& profile, std::size_t equal_nodes);

}  // namespace bramble
