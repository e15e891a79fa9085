#include "model/store/shelf_names.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "config/defaults.hpp"
#include "config/format.hpp"
#include "model/graph/manifest.hpp"
#include "model/store/store_files.hpp"

namespace bramble {
namespace {

using nodes_by_identity = std::map<std::string, std::vector<std::string>>;

std::string conflict_of(const std::string& name, const nodes_by_identity& models) {
  std::string what;
  std::string choices;
  for (const auto& [identity, nodes] : models) {
    const auto digits = short_identity(identity);
    what += (what.empty() ? "" : "; ") + digits + " on " + listed(nodes);
    choices += (choices.empty() ? "`bramble model use " : ", or `bramble model use ") + name + " " +
               digits + "` on " + nodes.front();
  }
  return "The name " + name + " means " + std::to_string(models.size()) +
         " models on this shelf (" + what + "); say which one it is: type " + choices + ".";
}

}  // namespace

bool is_sound(const named_model& model) {
  if (!model.name.empty() && !is_model_name(model.name)) return false;
  try {
    validate(model.record, model.name);
    return true;
  } catch (const user_error&) {
    return false;
  }
}

std::vector<held_model> of_name(const std::string& name, const std::vector<held_model>& held) {
  std::vector<held_model> out;
  std::copy_if(held.begin(), held.end(), std::back_inserter(out),
               [&](const held_model& each) { return each.model.name == name; });
  return out;
}

std::vector<held_model> of_identity(const std::string& digits,
                                    const std::vector<held_model>& held) {
  if (digits.size() < defaults::identity_prefix_least || !is_hex(digits)) return {};
  std::vector<held_model> out;
  std::set<std::string> matches;
  for (const auto& each : held) {
    if (!each.model.record.identity.starts_with(digits)) continue;
    matches.insert(each.model.record.identity);
    out.push_back(each);
  }
  if (matches.size() != 1) out.clear();
  return out;
}

std::vector<std::string> names_of(const std::vector<held_model>& held) {
  std::set<std::string> names;
  for (const auto& each : held)
    if (!each.model.name.empty()) names.insert(each.model.name);
  return {names.begin(), names.end()};
}

name_meaning meaning_of(const std::string& name, const std::vector<held_model>& held) {
  if (name.empty()) return {};
  const auto all = of_name(name, held);
  nodes_by_identity standing;
  for (const auto& each : all) {
    const auto replaced = [&](const held_model& other) {
      return other.model.record.replaces(each.model.record);
    };
    if (std::none_of(all.begin(), all.end(), replaced)) standing[each.model.record.identity];
  }
  name_meaning out;
  for (const auto& each : all) {
    const auto found = standing.find(each.model.record.identity);
    auto& nodes = found == standing.end() ? out.outdated : found->second;
    if (std::count(nodes.begin(), nodes.end(), each.node) == 0) nodes.push_back(each.node);
  }
  if (standing.size() > 1) out.conflict = conflict_of(name, standing);
  if (standing.size() != 1) return out;
  out.identity = standing.begin()->first;
  out.holders = standing.begin()->second;
  return out;
}

std::optional<name_meaning> meaning_among(const std::string& name, const std::string& self,
                                          const std::optional<name_record>& mine,
                                          const std::vector<held_model>& peers) {
  auto held = of_name(name, peers);
  if (held.empty()) return std::nullopt;
  if (mine) held.push_back({self, {name, *mine}});
  return meaning_of(name, held);
}

std::vector<std::string> conflicts_of(const std::vector<held_model>& held) {
  std::vector<std::string> out;
  for (const auto& name : names_of(held))
    if (auto conflict = meaning_of(name, held).conflict; !conflict.empty())
      out.push_back(std::move(conflict));
  return out;
}

}  // namespace bramble
