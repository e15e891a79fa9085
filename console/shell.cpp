#include "console/shell.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "balancer/report/report.hpp"
#include "console/infer_report.hpp"
#include "console/inputs.hpp"
#include "console/live.hpp"
#include "console/status.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in{line};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

void need(const std::vector<std::string>& words, std::size_t count, const char* usage) {
  if (words.size() != count) throw user_error(std::string{"Usage: "} + usage);
}

/// What people type who know other consoles, or the program's verbs.
const std::map<std::string, std::string> other_names{
    {"exit", "quit"}, {"?", "help"}, {"status", "nodes"}};

const std::vector<std::string> methods{"bramble", "latency", "one", "seed", "seed-exact"};

}  // namespace

shell::shell(key_info keys, const std::vector<endpoint>& where) : keys_{std::move(keys)} {
  attach(where);
  commands_ = {
      {"help", {"help [COMMAND]", "what can be typed", [this](auto& w) { return help(w); }}},
      {"nodes", {"nodes", "the cluster's nodes and links", [this](auto& w) { return nodes(w); }}},
      {"actors",
       {"actors [NODE]", "a node's actors and what they do",
        [this](auto& w) { return actors(w); }}},
      {"plan",
       {"plan [MODEL [METHOD]]", "who makes what and why; with a model, who would",
        [this](auto& w) { return plans(w); }}},
      {"infer",
       {"infer MODEL [NAME=]FILE... [METHOD]", "run a model on photos or tensors of this machine",
        [this](auto& w) { return infer(w); }}},
      {"pace",
       {"pace NODE SHARE", "slow a node to a share of its speed (1: all of it)",
        [this](auto& w) {
          need(w, 3, "pace NODE SHARE");
          return change(w[1], {runtime_override::kind_t::pace, parse_share(w[2])});
        }}},
      {"rate",
       {"rate NODE RATE", "limit what a node sends to each other (100mbit, none)",
        [this](auto& w) {
          need(w, 3, "rate NODE RATE");
          return change(w[1], {runtime_override::kind_t::rate, parse_rate(w[2])});
        }}},
      {"drain",
       {"drain NODE", "give a node no more work of other hosts",
        [this](auto& w) {
          need(w, 2, "drain NODE");
          return change(w[1], {runtime_override::kind_t::drain, 0});
        }}},
      {"resume",
       {"resume NODE", "take a drained node back",
        [this](auto& w) {
          need(w, 2, "resume NODE");
          return change(w[1], {runtime_override::kind_t::resume, 0});
        }}},
      {"attach",
       {"attach NODE|HOST[:PORT]", "talk to another node",
        [this](const arguments& w) {
          need(w, 2, "attach NODE|HOST[:PORT]");
          return attach_to(w[1]);
        }}},
      {"probe",
       {"probe NODE", "measure a node's speed and its links now",
        [this](const arguments& w) {
          need(w, 2, "probe NODE");
          return describe(with_progress("measuring " + w[1], [&] {
            return with_member(keys_, *client_, w[1],
                               [](node_client& member) { return member.probe(); });
          }));
        }}},
      {"quit", {"quit", "leave the console", [this](auto&) {
                  leaving_ = true;
                  return std::string{};
                }}}};
}

void shell::attach(const std::vector<endpoint>& where) {
  client_ = std::make_unique<node_client>(keys_, where);
}

/// A member by its name, else whoever is there.
std::string shell::attach_to(const std::string& where) {
  const auto status = client_->status();
  const bool known = std::ranges::any_of(
      status.nodes, [&](const node_status& node) { return node.name == where; });
  attach({known ? address_of(status, where)
                : parse_endpoint(where, defaults::control_port, "attach")});
  return "attached to " + client_->node_name() + "\n";
}

std::string shell::prompt() const {
  return "bramble@" + client_->node_name() + "> ";
}

std::string shell::execute(const std::string& line) {
  const auto words = words_of(line);
  failed_ = false;
  if (words.empty()) return {};
  const auto other = other_names.find(words[0]);
  const auto found = commands_.find(other == other_names.end() ? words[0] : other->second);
  failed_ = true;
  if (found == commands_.end()) return "There is no command \"" + words[0] + "\"; type help.\n";
  try {
    auto text = found->second.run(words);
    failed_ = false;
    return text;
  } catch (const std::exception& e) {
    return std::string{e.what()} + "\n";
  }
}

std::string shell::help(const arguments& words) const {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, each] : commands_)
    if (words.size() < 2 || words[1] == name) rows.push_back({each.usage + "   " + each.help});
  if (rows.empty()) throw user_error("There is no command \"" + words[1] + "\"; type help.");
  return format_table(rows);
}

std::string shell::nodes(const arguments&) {
  const auto status = client_->status();
  std::string out = describe(status);
  for (const auto& node : status.nodes)
    for (const auto& link : node.report.links)
      out += "  " + node.name + " -> " + link.to + "  " + fixed(link.mbit, 0) + " Mbit/s  " +
             fixed(link.rtt_ms, 2) + " ms\n";
  return out;
}

std::string shell::actors(const arguments& words) {
  if (words.size() > 2) throw user_error("Usage: actors [NODE]");
  const auto list = words.size() == 1
                        ? client_->actors()
                        : with_member(keys_, *client_, words[1],
                                      [](node_client& member) { return member.actors(); });
  std::vector<std::vector<std::string>> rows;
  for (const auto& each : list.actors) rows.push_back({each.name + "  " + each.detail});
  return format_table(rows);
}

std::string shell::plans(const arguments& words) {
  if (words.size() == 1) return describe(client_->live());
  if (words.size() > 3) throw user_error("Usage: plan [MODEL [METHOD]]");
  plan_query query;
  query.model = words[1];
  if (words.size() == 3) query.method = words[2];
  return report_text(with_progress("planning", [&] { return client_->make_plan(query); }));
}

std::string shell::infer(const arguments& words) {
  if (words.size() < 3) throw user_error("Usage: infer MODEL [NAME=]FILE... [METHOD]");
  const auto model =
      with_progress("getting " + words[1] + " here", [&] { return client_->describe(words[1]); });
  infer_request request;
  request.model = words[1];
  typed_inputs typed{{words.begin() + 2, words.end()}, {}};
  // A file may be called "one"; then it is not the method.
  if (const auto& last = words.back(); std::ranges::count(methods, last) != 0 && words.size() > 3 &&
                                       !std::filesystem::exists(last)) {
    request.method = last;
    typed.words.pop_back();
  }
  auto fed = load_inputs(model, typed);
  request.inputs = std::move(fed.tensors);
  const auto reply = with_progress("running", [&] { return client_->infer(request); });
  std::string warnings;
  for (const auto& each : fed.warnings) warnings += each + "\n";
  return warnings + describe(model, reply, best_classes(reply, 5, model.labels));
}

std::string shell::change(const std::string& member, const runtime_override& what) {
  return change_member(keys_, *client_, member, what);
}

std::vector<std::string> shell::members() {
  std::vector<std::string> out;
  for (const auto& node : client_->status().nodes) out.push_back(node.name);
  return out;
}

std::vector<std::string> shell::models() {
  std::set<std::string> names;
  for (const auto& node : client_->status().nodes)
    for (const auto& model : node.report.models)
      if (!model.name.empty()) names.insert(model.name);
  return {names.begin(), names.end()};
}

std::vector<std::string> shell::complete(const std::string& line) {
  auto words = words_of(line);
  if (words.empty() || line.back() == ' ') words.emplace_back();
  const auto& last = words.back();
  std::vector<std::string> options;
  try {
    if (words.size() == 1 || (words.size() == 2 && words[0] == "help"))
      for (const auto& [name, each] : commands_) options.push_back(name);
    else if (words.size() == 2 && (words[0] == "plan" || words[0] == "infer"))
      options = models();
    else if (words.size() == 2 &&
             (words[0] == "pace" || words[0] == "rate" || words[0] == "drain" ||
              words[0] == "resume" || words[0] == "probe" || words[0] == "actors" ||
              words[0] == "attach"))
      options = members();
    else if ((words.size() == 3 && words[0] == "plan") ||
             (words.size() >= 4 && words[0] == "infer"))
      options = methods;
  } catch (const user_error&) {
    // The node is gone; completing nothing says so less rudely than a message amid the typing.
    return {};
  }
  std::erase_if(options, [&](const std::string& o) { return o.rfind(last, 0) != 0; });
  return options;
}

}  // namespace bramble
