#include "console/model_list.hpp"

#include <algorithm>

#include "config/format.hpp"
#include "console/model_show.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

listed_model& row_of(std::vector<listed_model>& rows, const std::string& name,
                     const std::string& identity) {
  const auto found = std::ranges::find_if(
      rows, [&](const listed_model& row) { return row.name == name && row.identity == identity; });
  if (found != rows.end()) return *found;
  return rows.emplace_back(listed_model{name, identity, std::nullopt});
}

std::string note_of(const listed_model& row, const std::vector<held_model>& shelf) {
  const auto meaning = meaning_of(row.name, shelf);
  if (!meaning.conflict.empty()) return "contested";
  if (meaning.identity.empty() || meaning.identity == row.identity) return "";
  return "replaced by " + short_identity(meaning.identity);
}

std::string size_text(const listed_model& row) {
  if (!row.here) return "-";
  return megabytes(row.here->bytes) + (row.here->complete ? "" : " (incomplete)");
}

std::string use_text(const listed_model& row) {
  if (!row.here) return "not here";
  if (row.here->in_use) return "in use";
  if (!row.here->last_use) return "-";
  return age_text(std::chrono::system_clock::now() - *row.here->last_use);
}

}  // namespace

std::vector<listed_model> list_models(const std::vector<stored_model>& here,
                                      const std::vector<held_model>& shelf) {
  std::vector<listed_model> rows;
  for (const auto& model : here) row_of(rows, model.name, model.identity).here = model;
  for (const auto& held : shelf) {
    // One that has no name is its node's own affair, unless it is here as well.
    const auto& name = held.model.name;
    const auto& identity = held.model.record.identity;
    const bool known = std::ranges::any_of(rows, [&](const listed_model& row) {
      return row.name == name && row.identity == identity;
    });
    if (!name.empty() || known) row_of(rows, name, identity).nodes.push_back(held.node);
  }
  for (auto& row : rows) {
    std::ranges::sort(row.nodes);
    row.note = note_of(row, shelf);
  }
  std::ranges::stable_sort(rows, [](const listed_model& a, const listed_model& b) {
    return std::pair{a.name.empty(), a.name} < std::pair{b.name.empty(), b.name};
  });
  return rows;
}

std::string describe(const std::vector<listed_model>& models) {
  std::vector<std::vector<std::string>> rows{
      {"model", "identity", "size", "last use", "nodes", ""}};
  for (const auto& row : models)
    rows.push_back({row.name, short_identity(row.identity), size_text(row), use_text(row),
                    row.nodes.empty() ? "-" : joined(row.nodes), row.note});
  return format_table(rows);
}

std::string describe_of_shelf(const std::vector<listed_model>& models) {
  std::vector<std::vector<std::string>> rows{{"model", "identity", "nodes", ""}};
  for (const auto& row : models)
    rows.push_back({row.name, short_identity(row.identity), joined(row.nodes), row.note});
  return format_table(rows);
}

nlohmann::json to_json(const std::vector<listed_model>& models, bool knows_shelf) {
  auto out = nlohmann::json::array();
  for (const auto& row : models) {
    const auto& here = row.here;
    const auto null = nlohmann::json(nullptr);
    out.push_back(
        {{"name", row.name},
         {"identity", row.identity},
         {"here", here.has_value()},
         {"bytes", here ? nlohmann::json(here->bytes) : null},
         {"complete", here ? nlohmann::json(here->complete) : null},
         {"last_use", here && here->last_use ? nlohmann::json(iso_time(*here->last_use)) : null},
         {"in_use", here && here->in_use},
         {"nodes", knows_shelf ? nlohmann::json(row.nodes) : null},
         {"note", row.note}});
  }
  return out;
}

}  // namespace bramble
