#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/manifest.hpp"

namespace bramble {

struct stored_model {
  std::string name;
  std::string identity;
  std::uint64_t bytes = 0;  ///< manifest and blobs
  bool complete = false;    ///< every blob is here
};

/// The models of one node: `names/NAME` holds an identity, `manifests/IDENTITY` a manifest,
/// `blobs/SHA256` weights. Everything is written to a temporary name, synced and renamed; a full
/// disk leaves the old state. Stateless over the folder: safe to use from several threads and
/// processes.
class model_store {
 public:
  explicit model_store(std::filesystem::path folder = {});

  /// Blobs first, then the manifest, then the name. Returns the identity.
  std::string put_blob(byte_span content) const;
  /// A blob that came from a peer: refused with a sentence unless it hashes to `sha256`.
  void put_blob_checked(const std::string& sha256, byte_span content) const;
  std::string put_manifest(const manifest& m) const;
  void set_name(const std::string& name, const std::string& identity) const;
  /// Throws `user_error` unless `name` is 1 to 64 of A-Z a-z 0-9 . _ - with no dot in front.
  static void check_name(const std::string& name);
  /// The name; and with the last name of a model (or with its identity) also the manifest and the
  /// blobs no other model uses.
  void remove(const std::string& name_or_identity) const;
  /// Those of the blobs that no manifest uses: what an import that failed takes back.
  void remove_unused(const std::vector<std::string>& sha256s) const;

  /// By name, then those that have none. What cannot be read is listed as incomplete.
  std::vector<stored_model> list() const;
  /// By name, or by a prefix of at least 6 digits of the identity. The message of the `user_error`
  /// names the models there are and how to make one.
  std::string resolve(const std::string& name_or_identity) const;
  manifest load(const std::string& identity) const;
  bool has_manifest(const std::string& identity) const;
  bool has_blob(const std::string& sha256) const;
  /// A blob that has not the size of its tensor counts as missing. Each once, sorted.
  std::vector<std::string> missing_blobs(const manifest& m) const;
  /// Both throw `user_error` for anything but 64 hexadecimal digits.
  std::filesystem::path blob_path(const std::string& sha256) const;
  std::filesystem::path manifest_path(const std::string& identity) const;

 private:
  std::vector<std::string> names() const;
  std::string identity_of_name(const std::string& name) const;
  bool is_named(const std::string& name, const std::string& identity) const;
  void remove_manifest(const std::string& identity) const;
  std::filesystem::path name_path(const std::string& name) const;
  stored_model describe(const std::string& name, const std::string& identity) const;

  std::filesystem::path folder_;
};

}  // namespace bramble
