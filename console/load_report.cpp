#include "console/load_report.hpp"

#include <algorithm>

#include "config/base/error.hpp"
#include "config/defaults_load.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

std::string load_text(const offered_load& load) {
  if (load.per_second) return format_per_second(*load.per_second) + " requests/s";
  return std::to_string(load.clients) + (load.clients == 1 ? " client" : " clients");
}

double most_of(const std::vector<way>& ways) {
  double most = 0;
  for (const auto& each : ways) most = std::max(most, most_per_second(each));
  return most;
}

bool is_beyond(const way& w, const offered_load& load) {
  return load.per_second && *load.per_second >= most_per_second(w);
}

}  // namespace

std::string format_per_second(double per_second) {
  return fixed(per_second, per_second < 9.995 ? 2 : 1);
}

std::string name_of_stream(const load_way& way) {
  return way.model + (way.wire.empty() || way.wire == "fp32" ? "" : " with " + way.wire) +
         (way.exact ? ", exactly" : "");
}

double parse_load(const std::string& text) {
  auto figure = std::string_view{text};
  if (figure.ends_with("/s")) figure.remove_suffix(2);
  return parse_number(figure, defaults::offered_load_least, defaults::offered_load_most, "--load");
}

load_plan plan_load(const graph& g, const shelf& s, wire_type wire, double effort,
                    const offered_load& load) {
  load_plan out{g.name, name_of(wire), load, ways_of(g, s, wire, false, effort), {}, {}};
  for (const auto& each : out.ways)
    out.times.push_back(load.per_second ? open_response(each, *load.per_second)
                                        : closed_response(each, load.clients));
  out.shelf = forecast(out.ways, load);
  return out;
}

std::string describe(const load_plan& p) {
  const auto most = most_of(p.ways);
  auto out = p.model + " with " + load_text(p.load) + ", " + p.wire +
             " on the wire; the shelf answers at most " + format_per_second(most) + " a second\n";
  std::vector<std::vector<std::string>> rows{{"way", "most/s", "p50 ms", "p95 ms"}};
  for (std::size_t i = 0; i < p.ways.size(); ++i) {
    const bool lost = is_beyond(p.ways[i], p.load);
    rows.push_back({describe(p.ways[i]), format_per_second(most_per_second(p.ways[i])),
                    lost ? "grows" : format_ms(p.times[i].p50_ms),
                    lost ? "grows" : format_ms(p.times[i].p95_ms)});
  }
  const bool lost = p.load.per_second && *p.load.per_second >= most;
  rows.push_back({"as the shelf changes between them", format_per_second(most),
                  lost ? "grows" : format_ms(p.shelf.times.p50_ms),
                  lost ? "grows" : format_ms(p.shelf.times.p95_ms)});
  out += format_table(rows);
  if (lost)
    out +=
        "That is more than the shelf can do: its queue grows until hosts refuse requests as "
        "busy.\n";
  return out;
}

nlohmann::json to_json(const load_plan& p) {
  auto ways = nlohmann::json::array();
  for (std::size_t i = 0; i < p.ways.size(); ++i) {
    auto teams = nlohmann::json::array();
    for (const auto& team : p.ways[i].teams)
      teams.push_back({{"nodes", team.nodes},
                       {"method", team.method.empty() ? "bramble" : team.method},
                       {"answer_ms", team.answer_ms},
                       {"interval_ms", team.interval_ms}});
    ways.push_back({{"teams", teams},
                    {"most_per_second", most_per_second(p.ways[i])},
                    {"keeps_up", !is_beyond(p.ways[i], p.load)},
                    {"p50_ms", p.times[i].p50_ms},
                    {"p95_ms", p.times[i].p95_ms},
                    {"mean_ms", p.times[i].mean_ms}});
  }
  nlohmann::json out{{"model", p.model},
                     {"wire", p.wire},
                     {"most_per_second", most_of(p.ways)},
                     {"ways", ways},
                     {"shelf",
                      {{"p50_ms", p.shelf.times.p50_ms},
                       {"p95_ms", p.shelf.times.p95_ms},
                       {"mean_ms", p.shelf.times.mean_ms},
                       {"per_second", p.shelf.per_second},
                       {"changes", p.shelf.changes}}}};
  if (p.load.per_second)
    out["load_per_second"] = *p.load.per_second;
  else
    out["clients"] = p.load.clients;
  return out;
}

std::string describe_load(const std::vector<model_load>& loads, const std::vector<load_way>& ways) {
  std::string out;
  for (const auto& each : loads)
    out += "load of " + each.model + ": " + format_per_second(each.per_second) + " requests/s, " +
           std::to_string(each.running) + " under way, " + std::to_string(each.queued) +
           " waiting for their turn" +
           (each.queued_ms >= 1 ? " (" + format_ms(each.queued_ms) + " ms)" : "") +
           (each.refused > 0 ? ", " + std::to_string(each.refused) + " refused as busy" : "") +
           "\n";
  for (const auto& each : ways)
    out += "the shelf's way with " + name_of_stream(each) + ": " + each.how + ", for " +
           format_duration(each.for_s) + (each.why.empty() ? "" : ": " + each.why) +
           (each.most_per_second > 0
                ? "; at most " + format_per_second(each.most_per_second) + " a second"
                : "") +
           "\n";
  return out;
}

std::string describe_switches(const std::vector<load_way>& ways) {
  std::string out;
  for (const auto& each : ways)
    for (const auto& past : each.switches)
      out += "  " + format_duration(past.seconds_ago) + " ago  " + name_of_stream(each) + ": " +
             past.from + " -> " + past.to + "\n        " + past.why + "\n";
  return out;
}

nlohmann::json to_json(const model_load& load) {
  return {{"model", load.model},
          {"per_second", load.per_second},
          {"running", load.running},
          {"queued", load.queued},
          {"queued_ms", load.queued_ms},
          {"queued_p50_ms", load.queued_p50_ms},
          {"queued_p95_ms", load.queued_p95_ms},
          {"refused", load.refused}};
}

nlohmann::json to_json(const load_way& way) {
  auto switches = nlohmann::json::array();
  for (const auto& each : way.switches)
    switches.push_back({{"from", each.from},
                        {"to", each.to},
                        {"why", each.why},
                        {"seconds_ago", each.seconds_ago}});
  return {{"model", way.model},     {"wire", way.wire},
          {"exact", way.exact},     {"kind", way.kind},
          {"how", way.how},         {"why", way.why},
          {"for_s", way.for_s},     {"most_per_second", way.most_per_second},
          {"running", way.running}, {"queued", way.queued},
          {"switches", switches}};
}

}  // namespace bramble
