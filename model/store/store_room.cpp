#include <algorithm>
#include <map>
#include <set>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"
#include "model/store/store.hpp"
#include "model/store/store_files.hpp"

namespace bramble {

namespace {

std::string in_megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + 999'999) / 1'000'000) + " MB";
}

/// A model that could go to make room.
struct candidate {
  std::string identity;
  std::chrono::system_clock::time_point last_use;
  std::set<std::string> blobs;
};

}  // namespace

/// Of imports that run now. Claims whose process is gone are removed on the way.
std::set<std::string> model_store::claimed_blobs(const file_lock&) const {
  std::set<std::string> claimed;
  for (const auto& name : entries_of(claims_folder())) {
    const auto path = claims_folder() / name;
    if (file_lock::try_take(path, file_lock::mode::exclusive)) {
      unlink_file(path);
      continue;
    }
    const auto lines = as_text(read_file(path, defaults::manifest_limit_bytes));
    for (std::size_t at = 0; at + digest_digits < lines.size(); at += digest_digits + 1)
      claimed.insert(lines.substr(at, digest_digits));
  }
  return claimed;
}

std::optional<std::set<std::string>> model_store::blobs_of_manifests() const {
  std::set<std::string> used;
  for (const auto& id : entries_of(folder_ / "manifests")) {
    if (!is_digest(id)) continue;
    try {
      for (const auto& weight : load(id).model.weights) used.insert(weight.sha256);
    } catch (const user_error&) {
      return std::nullopt;
    }
  }
  return used;
}

void model_store::remove_unused(const std::vector<std::string>& sha256s,
                                const file_lock& guard) const {
  const auto used = blobs_of_manifests();
  // A manifest of another version of this program may well use them: keep all.
  if (!used) return;
  const auto claimed = claimed_blobs(guard);
  for (const auto& sha256 : sha256s)
    if (used->count(sha256) == 0 && claimed.count(sha256) == 0) unlink_file(blob_path(sha256));
}

void model_store::remove_manifest(const std::string& identity, const file_lock& guard) const {
  std::vector<std::string> blobs;
  try {
    for (const auto& weight : load(identity).model.weights) blobs.push_back(weight.sha256);
  } catch (const user_error&) {
    // Damaged or missing: there is nothing to learn about its blobs, but it can still go.
    blobs.clear();
  }
  unlink_file(manifest_path(identity));
  unlink_file(use_path(identity));
  remove_unused(blobs, guard);
}

void model_store::remove(const std::string& name_or_identity) const {
  const auto guard = lock(file_lock::mode::exclusive);
  const auto all = names();
  if (std::find(all.begin(), all.end(), name_or_identity) != all.end()) {
    // Read first: a damaged name goes as well, but then nothing is known of its model.
    const auto record = find_record(name_or_identity);
    unlink_file(name_path(name_or_identity));
    const auto named = [&](const std::string& other) {
      return other != name_or_identity && is_named(other, record->identity);
    };
    if (record && std::none_of(all.begin(), all.end(), named))
      remove_manifest(record->identity, guard);
    return;
  }
  remove_identity(resolve(name_or_identity), guard);
}

void model_store::remove_identity(const std::string& identity, const file_lock& guard) const {
  for (const auto& name : names())
    if (is_named(name, identity)) unlink_file(name_path(name));
  remove_manifest(identity, guard);
}

void model_store::clear_up() const {
  clear_up(lock(file_lock::mode::exclusive));
}

void model_store::clear_up(const file_lock& guard) const {
  // Whoever writes a file holds the lock, or a lock of that file: what is here was left by a
  // process that was killed.
  for (const auto& name : entries_of(folder_ / "staging")) {
    const auto path = folder_ / "staging" / name;
    if (file_lock::try_take(path, file_lock::mode::exclusive)) unlink_file(path);
  }
  for (const auto& name : entries_of(folder_ / "uses"))
    if (is_digest(name) && !has_manifest(name)) unlink_file(use_path(name));
  std::vector<std::string> blobs;
  for (const auto& name : entries_of(folder_ / "blobs"))
    if (is_digest(name)) blobs.push_back(name);
  remove_unused(blobs, guard);
}

std::uint64_t model_store::bytes() const {
  std::uint64_t sum = 0;
  for (const char* part : {"blobs", "manifests"})
    for (const auto& name : entries_of(folder_ / part)) sum += size_of_file(folder_ / part / name);
  return sum;
}

std::vector<std::string> model_store::make_room(std::uint64_t wanted) const {
  const auto guard = lock(file_lock::mode::exclusive);
  clear_up(guard);
  const auto have = bytes();
  if (have + wanted <= most_bytes_) return {};
  const auto claimed = claimed_blobs(guard);
  std::map<std::string, std::size_t> users;
  std::vector<candidate> candidates;
  for (const auto& id : entries_of(folder_ / "manifests")) {
    if (!is_digest(id)) continue;
    candidate each{id, last_use(id).value_or(std::chrono::system_clock::time_point{}), {}};
    try {
      for (const auto& weight : load(id).model.weights) each.blobs.insert(weight.sha256);
    } catch (const user_error&) {
      continue;  // of another version of this program, which may be back
    }
    for (const auto& sha256 : each.blobs) ++users[sha256];
    const bool being_stored =
        !each.blobs.empty() &&
        std::includes(claimed.begin(), claimed.end(), each.blobs.begin(), each.blobs.end());
    if (!is_in_use(id) && !being_stored) candidates.push_back(std::move(each));
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const candidate& a, const candidate& b) { return a.last_use < b.last_use; });

  // First on paper: a model that would not fit anyway costs no other its place.
  auto left = have;
  std::vector<std::string> dropped;
  for (const auto& each : candidates) {
    if (left + wanted <= most_bytes_) break;
    left -= size_of_file(manifest_path(each.identity));
    for (const auto& sha256 : each.blobs)
      if (--users[sha256] == 0 && claimed.count(sha256) == 0)
        left -= size_of_file(blob_path(sha256));
    dropped.push_back(each.identity);
  }
  if (left + wanted > most_bytes_)
    throw user_error("A model that takes " + in_megabytes(wanted) +
                     " more has no room: models may take " + in_megabytes(most_bytes_) +
                     " in all, and " + in_megabytes(left) +
                     " are in use; allow more with --max or models.max_gb.");
  std::vector<std::string> names_of_dropped;
  for (const auto& id : dropped) {
    std::string text;
    for (const auto& name : names())
      if (is_named(name, id)) text += (text.empty() ? "" : " and ") + name;
    names_of_dropped.push_back(text.empty() ? short_identity(id) : text);
    remove_identity(id, guard);
  }
  return names_of_dropped;
}

}  // namespace bramble
