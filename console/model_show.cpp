#include "console/model_show.hpp"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "balancer/report/undivided.hpp"
#include "config/parse.hpp"
#include "console/inputs.hpp"
#include "console/meaning_flags.hpp"
#include "console/terminal.hpp"
#include "model/graph/element_name.hpp"

namespace bramble {
namespace {

using nlohmann::json;

json shapes_of(const graph& g, const std::vector<value_id>& ids) {
  auto out = json::array();
  for (auto id : ids) out.push_back(g.values[id].shape);
  return out;
}

json types_of(const graph& g, const std::vector<value_id>& ids) {
  auto out = json::array();
  for (auto id : ids) out.push_back(name_of(g.values[id].type));
  return out;
}

json names_of(const std::vector<named_form>& forms) {
  auto out = json::array();
  for (const auto& each : forms) out.push_back(each.name);
  return out;
}

std::string op_counts(const model_stats& facts) {
  std::string text;
  for (const auto& [kind, count] : facts.ops)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + kind;
  return text;
}

std::string layer_text(const model_stats& facts) {
  auto text = std::to_string(facts.layers.size()) + " layers";
  if (facts.parallel_layers == 0) return text + ", none with parallel branches";
  return text + ", " + std::to_string(facts.parallel_layers) +
         " with parallel branches: " + std::to_string(facts.branches) + " branches, at most " +
         std::to_string(facts.widest) + " side by side";
}

std::string work_text(const model_stats& facts) {
  const auto moved = fixed(facts.moved_bytes / 1e6, 1) + " MB read and written";
  if (facts.macs == 0) return "no multiply-accumulates, " + moved;
  return fixed(facts.macs / 1e9, 2) + " GMAC, " + fixed(100 * facts.splittable_share(), 1) +
         " % of it in ops that can be split; " + moved;
}

std::string ceiling_text(const model_shown& m) {
  const auto& g = m.content.model;
  auto text = "at most " + fixed(ceiling_in_macs(g).ratio(), 2) +
              " times one node, by multiply-accumulates";
  if (m.measured)
    text += "; " + fixed(ceiling_in_ms(g, m.measured->table).ratio(), 2) +
            " by the times of this device";
  return text;
}

std::string printable_key(const model_shown& m) {
  auto key = m.measured->key;
  std::replace(key.begin(), key.end(), '\t', ' ');
  return printable(key, key.size());
}

/// Empty where the calibration does not say.
std::string backend_name(const op_table& table, op_id id) {
  return id < table.backends.size() ? name_of(table.backends[id]) : "";
}

std::string times_table(const model_shown& m) {
  std::vector<std::vector<std::string>> rows{{"op", "backend", "part", "ms"}};
  for (op_id id = 0; id < m.content.model.ops.size(); ++id) {
    const auto label = std::to_string(id) + " " + m.content.model.ops[id].name;
    const auto& samples = m.measured->table.ops[id];
    const auto by = backend_name(m.measured->table, id);
    if (samples.empty()) rows.push_back({label, by, "-", "-"});
    for (auto it = samples.rbegin(); it != samples.rend(); ++it) {
      const bool first = it == samples.rbegin();
      rows.push_back({first ? label : "", first ? by : "", std::to_string(it->rows) + " rows",
                      fixed(it->ms, 3)});
    }
    for (const auto& slice : slices_of(m.measured->table, id))
      rows.push_back({"", "", std::to_string(slice.channels) + " channels", fixed(slice.ms, 3)});
  }
  return format_table(rows);
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016" PRIx64, number);
  return text.data();
}

json times_json(const model_shown& m) {
  auto ops = json::array();
  for (op_id id = 0; id < m.content.model.ops.size(); ++id) {
    auto samples = json::array();
    for (const auto& sample : m.measured->table.ops[id])
      samples.push_back({{"rows", sample.rows}, {"ms", sample.ms}});
    auto slices = json::array();
    for (const auto& slice : slices_of(m.measured->table, id))
      slices.push_back({{"channels", slice.channels}, {"ms", slice.ms}});
    const auto bits = bits_of(m.measured->table, id);
    ops.push_back({{"op", id},
                   {"name", m.content.model.ops[id].name},
                   {"backend", backend_name(m.measured->table, id)},
                   {"code", code_of(m.measured->table, id)},
                   {"bits", hexadecimal(bits.whole)},
                   {"parts_have_the_bits_of_the_whole", bits.parts},
                   {"samples", samples},
                   {"slices", slices}});
  }
  return {{"key", printable_key(m)}, {"ops", ops}};
}

void add_meaning(json& to, const understanding& known) {
  const auto said = [](const std::string& name) {
    return name.empty() ? json(nullptr) : json(name);
  };
  to["task"] = said(name_of(known.what.task));
  to["task_guessed"] = known.guessed;
  to["head"] = said(name_of(known.what.head));
  to["classes"] = known.classes;
  if (!known.photo) return;
  to["photo"] = {{"fit", name_of(known.what.fit)},
                 {"layout", name_of(known.what.layout)},
                 {"colour", name_of(known.what.colours)},
                 {"range", name_of(known.what.range)}};
}

json undivided_json(const graph& g) {
  auto out = json::array();
  for (const auto& each : undivided(g))
    out.push_back({{"op", printable(each.what)}, {"count", each.count}, {"share", each.share}});
  return out;
}

}  // namespace

std::string describe(const model_shown& m, bool with_times) {
  const auto& g = m.content.model;
  const auto& facts = m.facts;
  auto text = bold(m.name) + " (" + short_identity(m.identity) + ")\n";
  text +=
      "inputs      " + text_of(input_forms(m.content)) + "\n" + "outputs     " +
      text_of(output_forms(m.content)) +
      "\n"
      "            These shapes are the contract: the model was imported for them, and takes no "
      "others.\n";
  const auto known = understand(m.content, m.name);
  if (const auto read = describe_reading(known, m.name); !read.empty())
    text += "task        " + read + "\n";
  if (const auto photo = describe_photo(known, m.content); !photo.empty())
    text += "photo       " + photo + "\n";
  text += "ops         " + std::to_string(g.ops.size()) + ": " + op_counts(facts) + "\n";
  text += "layers      " + layer_text(facts) + "\n";
  text += "work        " + work_text(facts) + "\n";
  if (const auto whole = undivided_text(undivided(g)); !whole.empty())
    text += "undivided   " + whole + "\n";
  text += "weights     " + fixed(static_cast<double>(facts.parameters) / 1e6, 2) +
          " M parameters, " + megabytes(facts.weight_bytes) + "\n";
  text += "branches    " + ceiling_text(m) + "\n";
  if (const auto& labels = m.content.labels; !labels.empty())
    text += "labels      " + std::to_string(labels.size()) + ", \"" + labels.front() + "\" to \"" +
            labels.back() + "\"\n";
  if (!m.content.remark.empty()) text += m.content.remark + "\n";
  if (!with_times) return text;
  if (!m.measured)
    return text +
           "This device has no times for this model yet; a node here measures it the first time it "
           "is used.\n";
  return text + "\nmeasured for: " + printable_key(m) + "\n" + times_table(m);
}

json to_json(const model_shown& m, bool with_times) {
  const auto& g = m.content.model;
  const auto& facts = m.facts;
  json out{{"name", m.name},
           {"identity", m.identity},
           {"inputs", shapes_of(g, g.inputs)},
           {"input_names", names_of(input_forms(m.content))},
           {"input_types", types_of(g, g.inputs)},
           {"outputs", shapes_of(g, g.outputs)},
           {"output_names", names_of(output_forms(m.content))},
           {"output_types", types_of(g, g.outputs)},
           {"ops", facts.ops},
           {"op_count", g.ops.size()},
           {"layers", facts.layers.size()},
           {"parallel_layers", facts.parallel_layers},
           {"branches", facts.branches},
           {"widest_layer", facts.widest},
           {"gmacs", facts.macs / 1e9},
           {"splittable_share", facts.splittable_share()},
           {"moved_bytes", facts.moved_bytes},
           {"parameters", facts.parameters},
           {"weight_bytes", facts.weight_bytes},
           {"branch_ceiling", ceiling_in_macs(g).ratio()},
           {"undivided", undivided_json(g)},
           {"labels", m.content.labels},
           {"mean", m.content.mean},
           {"deviation", m.content.deviation},
           {"remark", m.content.remark}};
  add_meaning(out, understand(m.content, m.name));
  if (m.measured) out["branch_ceiling_ms"] = ceiling_in_ms(g, m.measured->table).ratio();
  if (with_times) out["calibration"] = m.measured ? times_json(m) : json(nullptr);
  return out;
}

std::string age_text(std::chrono::system_clock::duration age) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  const auto counted = [](std::int64_t count, const char* unit) {
    return std::to_string(count) + " " + unit + (count == 1 ? "" : "s") + " ago";
  };
  if (seconds < 60) return "now";
  if (seconds < 3600) return counted(seconds / 60, "minute");
  if (seconds < 86400) return counted(seconds / 3600, "hour");
  return counted(seconds / 86400, "day");
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace bramble
