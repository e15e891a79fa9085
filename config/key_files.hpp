#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/authorities.hpp"
#include "config/keys.hpp"

// What both sides of config/keys.hpp need: reading a folder of keys (config/keys.cpp) and
// certifying (config/issuing.cpp). Nobody else includes it.
namespace bramble::key_files {

constexpr unsigned secret = 0600;
constexpr unsigned open_to_all = 0644;

inline const std::string authority_prefix = "bramble cluster ";

wall_time now();
bool is_there(const std::filesystem::path& path);
byte_vector read_key_file(const std::filesystem::path& path);

struct cluster_identity {
  std::string name;
  std::string id;
};

struct node_secrets {
  private_key key;
  certificate node;
  std::vector<certificate> between;      ///< that lead from it to former authorities
  std::vector<certificate> authorities;  ///< trusted today, the present one first
  cluster_identity cluster;
};

/// Certificates of PEM text: the first, and the others.
struct certificates_read {
  certificate first{nullptr, &X509_free};
  std::vector<certificate> others;
};

certificates_read split(std::vector<certificate> all);

/// A key, its certificate and its authority's from PEM texts, if they belong together and are valid
/// today. `what` begins the messages; `remedy` ends them.
node_secrets checked(private_key key, certificates_read shown, std::vector<certificate> all,
                     const std::string& what, const std::string& remedy);

/// Those trusted today, the present one first. Throws `user_error`.
std::vector<certificate> authorities_in(const key_paths& paths);

/// What leads from the present authority to those before it: a node's own certificate is shown with
/// it.
std::vector<certificate> between_in(const key_paths& paths);

/// How a node gets keys, for people.
std::string join_hint(const std::string& node_name);

}  // namespace bramble::key_files
