#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "config/base/file_lock.hpp"
#include "config/defaults.hpp"
#include "model/graph/manifest.hpp"
#include "model/store/shelf_names.hpp"

namespace bramble {

struct stored_model {
  std::string name;
  std::string identity;
  std::uint64_t bytes = 0;  ///< manifest and blobs
  bool complete = false;    ///< every blob is here
  /// When a node last opened it, or it was imported or fetched.
  std::optional<std::chrono::system_clock::time_point> last_use;
  bool in_use = false;                    ///< a node has it open now
  std::vector<std::string> earlier = {};  ///< as in the record of its name
};

/// The models of one node: `names/NAME` holds a `name_record`, `manifests/IDENTITY` a manifest,
/// `blobs/SHA256` weights. Everything is written to a temporary name, synced and renamed; a full
/// disk leaves the old state, and is told as `disk_full`. Stateless over the folder: safe to use
/// from several threads and processes.
///
/// `uses/IDENTITY` is an empty file whose time is the model's last use and which whoever has the
/// model open keeps locked. `lock` is held shared by whoever writes one file, and alone by whoever
/// decides what goes; nobody holds it for longer than that. See `import_claim` for `claims`.
class model_store {
 public:
  /// Models that are added may not make it larger than `most_bytes`.
  explicit model_store(std::filesystem::path folder = {},
                       std::uint64_t most_bytes = defaults::models_max_bytes);

  const std::filesystem::path& folder() const { return folder_; }

  /// Blobs first, then the manifest, then the name. Returns the identity.
  std::string put_blob(byte_span content) const;
  /// A blob that is known to hash to `sha256`.
  void put_hashed_blob(const std::string& sha256, byte_span content) const;
  std::string put_manifest(const manifest& m) const;
  void set_name(const std::string& name, const name_record& record) const;
  /// Throws `user_error` unless `name` is 1 to 64 of A-Z a-z 0-9 . _ - with no dot in front.
  static void check_name(const std::string& name);
  /// The name; and with the last name of a model (or with its identity) also the manifest and the
  /// blobs no other model uses and no running import claims. A node that has it open goes on with
  /// it.
  void remove(const std::string& name_or_identity) const;

  /// Notes that the model is used now and, while the lock is held, that it must not make room for
  /// others. Nothing where the folder cannot be written.
  std::optional<file_lock> use(const std::string& identity) const;
  std::optional<std::chrono::system_clock::time_point> last_use(const std::string& identity) const;

  /// Of manifests and blobs.
  std::uint64_t bytes() const;
  /// Removes what imports that were killed left behind: files half written, blobs that no manifest
  /// uses and no running import claims.
  void clear_up() const;
  /// Clears up, then drops the least recently used models until there is room for `wanted` more
  /// bytes; never one that is in use or being stored. Returns the names of those that went. Throws
  /// `user_error`, and drops none, when they do not fit even so.
  std::vector<std::string> make_room(std::uint64_t wanted) const;

  /// By name, then those that have none. What cannot be read is listed as incomplete. Reads every
  /// manifest and looks at every blob, which a slow card takes seconds for; once asked to stop, it
  /// returns something of no use.
  std::vector<stored_model> list(const std::stop_token& stop = {}) const;
  bool has_name(const std::string& name) const;
  /// Nothing where the name is free, or damaged: that names no model, and storing one under it is
  /// how it is mended.
  std::optional<name_record> find_record(const std::string& name) const;
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
  friend class import_claim;

  std::vector<std::string> names() const;
  name_record record_of(const std::string& name) const;
  bool is_named(const std::string& name, const std::string& identity) const;
  bool is_in_use(const std::string& identity) const;
  std::filesystem::path name_path(const std::string& name) const;
  std::filesystem::path use_path(const std::string& identity) const;
  std::filesystem::path claims_folder() const { return folder_ / "claims"; }
  stored_model describe(const std::string& name, const name_record& record,
                        const std::stop_token& stop) const;

  file_lock lock(file_lock::mode wanted) const;
  void install(const std::filesystem::path& path, byte_span content) const;

  // What follows is for who holds the lock alone, as `guard` shows.
  void remove_identity(const std::string& identity, const file_lock& guard) const;
  void remove_manifest(const std::string& identity, const file_lock& guard) const;
  void remove_unused(const std::vector<std::string>& sha256s, const file_lock& guard) const;
  void clear_up(const file_lock& guard) const;
  std::set<std::string> claimed_blobs(const file_lock& guard) const;
  /// Nothing when one of the manifests cannot be read.
  std::optional<std::set<std::string>> blobs_of_manifests() const;

  std::filesystem::path folder_;
  std::uint64_t most_bytes_;
};

}  // namespace bramble
