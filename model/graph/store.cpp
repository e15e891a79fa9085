#include "model/graph/store.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t digest_digits = 64;

bool is_hex(const std::string& text) {
  return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Every path below is made from a name that passed one of these two: nothing from a peer or a
/// command line can point out of the folder.
const std::string& checked_digest(const std::string& text) {
  if (text.size() != digest_digits || !is_hex(text))
    throw user_error("\"" + printable(text) + "\" is no SHA-256 of 64 digits.");
  return text;
}

bool is_model_name(const std::string& name) {
  return !name.empty() && name.size() <= defaults::model_name_limit && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::vector<std::string> entries_of(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  if (!fs::exists(folder, error)) return names;
  fs::directory_iterator it{folder, error};
  for (; !error && it != fs::directory_iterator{}; it.increment(error))
    names.push_back(it->path().filename().string());
  if (error)
    throw user_error(folder.string() + ": the folder cannot be read: " + error.message() + ".");
  std::sort(names.begin(), names.end());
  return names;
}

void unlink_file(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) throw user_error(path.string() + ": cannot remove: " + error.message() + ".");
}

/// Two writers of one blob must not share a temporary file, so the content is first written under a
/// name of this call alone and then renamed to its own.
void install(const fs::path& folder, const fs::path& path, byte_span content) {
  static std::atomic<std::uint64_t> counter{0};
  const auto staged = folder / "staging" /
                      (std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)));
  write_file_atomically(staged, content);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (!error) fs::rename(staged, path, error);
  if (!error) return;
  const auto reason = error.message();
  fs::remove(staged, error);
  throw user_error(path.string() + ": cannot write the file: " + reason + ".");
}

std::uint64_t size_of_blob(const weight_info& weight) {
  return element_count(weight.shape) * size_of(weight.type);
}

bool has_file_of_size(const fs::path& path, std::uint64_t bytes) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return !error && size == bytes;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

model_store::model_store(fs::path folder) : folder_{std::move(folder)} {}

fs::path model_store::blob_path(const std::string& sha256) const {
  return folder_ / "blobs" / checked_digest(sha256);
}

fs::path model_store::manifest_path(const std::string& identity) const {
  return folder_ / "manifests" / checked_digest(identity);
}

void model_store::check_name(const std::string& name) {
  if (!is_model_name(name))
    throw user_error("\"" + printable(name) + "\" cannot be the name of a model: use 1 to " +
                     std::to_string(defaults::model_name_limit) +
                     " letters, digits, dots, dashes and underscores, with no dot in front.");
}

fs::path model_store::name_path(const std::string& name) const {
  check_name(name);
  return folder_ / "names" / name;
}

std::string model_store::put_blob(byte_span content) const {
  auto sha256 = sha256_hex(content);
  const auto path = blob_path(sha256);
  if (!has_file_of_size(path, content.size())) install(folder_, path, content);
  return sha256;
}

void model_store::put_blob_checked(const std::string& sha256, byte_span content) const {
  const auto path = blob_path(sha256);
  if (sha256_hex(content) != sha256)
    throw user_error("The weights " + sha256.substr(0, 12) +
                     " arrived damaged: their content has another SHA-256.");
  if (!has_file_of_size(path, content.size())) install(folder_, path, content);
}

std::string model_store::put_manifest(const manifest& m) const {
  const auto bytes = encode_manifest(m);
  auto id = sha256_hex(bytes);
  // What cannot be read back must not be written; this also checks the graph.
  decode_manifest(bytes, "the model " + m.model.name);
  install(folder_, manifest_path(id), bytes);
  return id;
}

void model_store::set_name(const std::string& name, const std::string& identity) const {
  install(folder_, name_path(name), as_bytes(checked_digest(identity)));
}

std::vector<std::string> model_store::names() const {
  auto names = entries_of(folder_ / "names");
  std::erase_if(names, [](const std::string& name) { return !is_model_name(name); });
  return names;
}

std::string model_store::identity_of_name(const std::string& name) const {
  const auto path = name_path(name);
  auto text = as_text(read_file(path, digest_digits + 1));
  if (text.size() != digest_digits || !is_hex(text))
    throw user_error(path.string() + ": the file holds no model identity; `bramble model rm " +
                     name + "` removes it.");
  return text;
}

bool model_store::is_named(const std::string& name, const std::string& identity) const {
  try {
    return identity_of_name(name) == identity;
  } catch (const user_error&) {
    return false;  // a damaged name names nothing
  }
}

void model_store::remove_unused(const std::vector<std::string>& sha256s) const {
  std::set<std::string> unused;
  for (const auto& sha256 : sha256s) unused.insert(checked_digest(sha256));
  for (const auto& other : entries_of(folder_ / "manifests")) {
    if (unused.empty()) return;
    try {
      for (const auto& weight : load(other).model.weights) unused.erase(weight.sha256);
    } catch (const user_error&) {
      // A manifest of another version of this program may well use them: keep all.
      return;
    }
  }
  for (const auto& sha256 : unused) unlink_file(blob_path(sha256));
}

void model_store::remove(const std::string& name_or_identity) const {
  const auto all = names();
  if (std::find(all.begin(), all.end(), name_or_identity) != all.end()) {
    const auto path = name_path(name_or_identity);
    // Read first: a damaged name goes as well, but then nothing is known of its model.
    const auto id = as_text(read_file(path));
    unlink_file(path);
    const auto named = [&](const std::string& other) {
      return other != name_or_identity && is_named(other, id);
    };
    if (id.size() == digest_digits && is_hex(id) && std::none_of(all.begin(), all.end(), named))
      remove_manifest(id);
    return;
  }
  const auto id = resolve(name_or_identity);
  for (const auto& name : all)
    if (is_named(name, id)) unlink_file(name_path(name));
  remove_manifest(id);
}

void model_store::remove_manifest(const std::string& identity) const {
  std::vector<std::string> blobs;
  try {
    for (const auto& weight : load(identity).model.weights) blobs.push_back(weight.sha256);
  } catch (const user_error&) {
    // Damaged or missing: there is nothing to learn about its blobs, but it can still go.
    blobs.clear();
  }
  unlink_file(manifest_path(identity));
  remove_unused(blobs);
}

stored_model model_store::describe(const std::string& name, const std::string& identity) const {
  stored_model out{name, identity, 0, false};
  try {
    const auto m = load(identity);
    out.bytes = fs::file_size(manifest_path(identity));
    std::set<std::string> seen;
    out.complete = true;
    for (const auto& weight : m.model.weights) {
      if (!seen.insert(weight.sha256).second) continue;
      if (has_file_of_size(blob_path(weight.sha256), size_of_blob(weight)))
        out.bytes += size_of_blob(weight);
      else
        out.complete = false;
    }
  } catch (const std::exception&) {
    // Listed as incomplete; whoever loads it gets the reason.
    out.complete = false;
  }
  return out;
}

std::vector<stored_model> model_store::list() const {
  std::vector<stored_model> out;
  std::set<std::string> named;
  for (const auto& name : names()) {
    try {
      const auto id = identity_of_name(name);
      out.push_back(describe(name, id));
      named.insert(id);
    } catch (const user_error&) {
      // Listed as incomplete and without identity; `resolve` says what is wrong with it.
      out.push_back({name, "", 0, false});
    }
  }
  for (const auto& id : entries_of(folder_ / "manifests"))
    if (id.size() == digest_digits && is_hex(id) && named.count(id) == 0)
      out.push_back(describe("", id));
  return out;
}

std::string model_store::resolve(const std::string& name_or_identity) const {
  const auto known = names();
  if (std::find(known.begin(), known.end(), name_or_identity) != known.end())
    return identity_of_name(name_or_identity);
  std::vector<std::string> matches;
  if (name_or_identity.size() >= defaults::identity_prefix_least && is_hex(name_or_identity))
    for (const auto& id : entries_of(folder_ / "manifests"))
      if (id.size() == digest_digits && id.starts_with(name_or_identity)) matches.push_back(id);
  if (matches.size() == 1) return matches.front();
  if (matches.size() > 1)
    throw user_error("\"" + name_or_identity +
                     "\" could be any of these models: " + joined(matches) + "; give more digits.");
  throw user_error(
      "There is no model \"" + printable(name_or_identity) + "\" in " + folder_.string() + "; " +
      (known.empty() ? std::string{"there is none at all yet"} : "there are " + joined(known)) +
      ". Make one with `bramble model build inception_v4` or `bramble model import FILE.pt "
      "--input 1x3x224x224`.");
}

manifest model_store::load(const std::string& identity) const {
  const auto path = manifest_path(identity);
  return decode_manifest(read_file(path, defaults::manifest_limit_bytes), path.string());
}

bool model_store::has_manifest(const std::string& identity) const {
  std::error_code error;
  return fs::is_regular_file(manifest_path(identity), error);
}

bool model_store::has_blob(const std::string& sha256) const {
  std::error_code error;
  return fs::is_regular_file(blob_path(sha256), error);
}

std::vector<std::string> model_store::missing_blobs(const manifest& m) const {
  std::set<std::string> missing;
  for (const auto& weight : m.model.weights)
    if (!has_file_of_size(blob_path(weight.sha256), size_of_blob(weight)))
      missing.insert(weight.sha256);
  return {missing.begin(), missing.end()};
}

}  // namespace bramble
