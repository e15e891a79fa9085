#include "model/store/store.hpp"

#include <algorithm>
#include <set>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/defaults_names.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"
#include "model/store/store_files.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

}  // namespace

model_store::model_store(fs::path folder, std::uint64_t most_bytes)
    : folder_{std::move(folder)}, most_bytes_{most_bytes} {}

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

std::vector<std::string> model_store::names() const {
  auto names = entries_of(folder_ / "names");
  std::erase_if(names, [](const std::string& name) { return !is_model_name(name); });
  return names;
}

name_record model_store::record_of(const std::string& name) const {
  const auto path = name_path(name);
  try {
    return parse_name_record(as_text(read_file(path, defaults::name_file_limit_bytes)),
                             path.string());
  } catch (const user_error& e) {
    throw user_error(std::string{e.what()} + " `bramble model rm " + name + "` removes it.");
  }
}

std::optional<name_record> model_store::find_record(const std::string& name) const {
  if (!has_name(name)) return std::nullopt;
  try {
    return record_of(name);
  } catch (const user_error&) {
    return std::nullopt;  // damaged: it names nothing that could be lost
  }
}

bool model_store::is_named(const std::string& name, const std::string& identity) const {
  const auto record = find_record(name);
  return record && record->identity == identity;
}

stored_model model_store::describe(const std::string& name, const name_record& record,
                                   const std::stop_token& stop) const {
  const auto& identity = record.identity;
  stored_model out{name,          identity, 0, false, last_use(identity), is_in_use(identity),
                   record.earlier};
  try {
    const auto m = load(identity);
    out.bytes = fs::file_size(manifest_path(identity));
    std::set<std::string> seen;
    out.complete = true;
    for (const auto& weight : m.model.weights) {
      if (stop.stop_requested()) break;
      if (!seen.insert(weight.sha256).second) continue;
      if (has_file_of_size(blob_path(weight.sha256), blob_bytes(weight)))
        out.bytes += blob_bytes(weight);
      else
        out.complete = false;
    }
  } catch (const std::exception&) {
    // Listed as incomplete; whoever loads it gets the reason.
    out.complete = false;
  }
  return out;
}

std::vector<stored_model> model_store::list(const std::stop_token& stop) const {
  std::vector<stored_model> out;
  std::set<std::string> named;
  for (const auto& name : names()) {
    if (stop.stop_requested()) return out;
    try {
      const auto record = record_of(name);
      out.push_back(describe(name, record, stop));
      named.insert(record.identity);
    } catch (const user_error&) {
      // Listed as incomplete and without identity; `resolve` says what is wrong with it.
      out.push_back({name, "", 0, false, {}, false});
    }
  }
  for (const auto& id : entries_of(folder_ / "manifests")) {
    if (stop.stop_requested()) return out;
    if (is_digest(id) && named.count(id) == 0) out.push_back(describe("", {id}, stop));
  }
  return out;
}

bool model_store::has_name(const std::string& name) const {
  std::error_code error;
  return fs::exists(name_path(name), error);
}

std::string model_store::resolve(const std::string& name_or_identity) const {
  const auto known = names();
  if (std::find(known.begin(), known.end(), name_or_identity) != known.end())
    return record_of(name_or_identity).identity;
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
    if (!has_file_of_size(blob_path(weight.sha256), blob_bytes(weight)))
      missing.insert(weight.sha256);
  return {missing.begin(), missing.end()};
}

}  // namespace bramble
