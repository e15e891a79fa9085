#include "console/shell.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "config/format.hpp"
#include "console/infer_report.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

std::vector<std::string> split_words(const std::string& line) {
  std::istringstream in{line};
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// What people type who know other consoles, or the program's verbs.
const std::map<std::string, std::string> other_names{
    {"exit", "quit"}, {"?", "help"}, {"status", "nodes"}};

std::string name_of_command(const std::string& typed) {
  const auto other = other_names.find(typed);
  return other == other_names.end() ? typed : other->second;
}

}  // namespace

void need(const shell::arguments& words, std::size_t least, std::size_t most, const char* usage) {
  if (words.size() < least || words.size() > most) throw user_error(std::string{"Usage: "} + usage);
}

std::string take_option(shell::arguments& words, const std::string& name) {
  const auto at = std::ranges::find(words, name);
  if (at == words.end()) return {};
  if (at + 1 == words.end()) throw user_error("After " + name + " its value is missing.");
  auto value = *(at + 1);
  words.erase(at, at + 2);
  return value;
}

bool take_flag(shell::arguments& words, const std::string& name) {
  return std::erase(words, name) != 0;
}

shell::shell(key_info keys, const std::vector<endpoint>& where) : keys_{std::move(keys)} {
  attach(where);
  add_node_commands();
  add_actor_commands();
  add_event_commands();
  add_script_commands();
  add_infer_command();
  add_operator_commands();
  add_trace_command();
  add_send_command();
}

void shell::let_go_on(std::function<void(const std::string&)> print, const stop_flag& stop) {
  print_ = std::move(print);
  stop_ = &stop;
}

void shell::attach(const std::vector<endpoint>& where) {
  client_ = std::make_unique<node_client>(keys_, where);
}

std::string shell::prompt() const {
  return "bramble@" + client_->node_name() + "> ";
}

std::string shell::execute(const std::string& line) {
  failed_ = 0;
  std::string out;
  std::istringstream parts{line};
  for (std::string each; !leaving_ && std::getline(parts, each, ';');) out += execute_one(each);
  return out;
}

std::string shell::execute_one(const std::string& text) {
  const auto failed_before = failed_;
  bool as_json = false;
  try {
    const auto answer = run(text, as_json);
    if (failed_ == failed_before && !split_words(text).empty()) typed_.push_back(text);
    return as_json && !answer.json.is_null() ? json_text(answer.json) + "\n" : answer.text;
  } catch (const std::exception& e) {
    ++failed_;
    return (as_json ? json_line(failure_json(e)) : std::string{e.what()}) + "\n";
  }
}

shell_answer shell::run(const std::string& text, bool& as_json) {
  auto words = split_words(text);
  if (words.empty() || words[0].starts_with('#')) return {};
  as_json = take_flag(words, "--json");
  as_json_ = as_json;
  const auto found = words.empty() ? commands_.end() : commands_.find(name_of_command(words[0]));
  if (found == commands_.end())
    throw user_error("There is no command \"" + (words.empty() ? text : words[0]) +
                     "\"; type help.");
  return found->second.run(words);
}

std::vector<std::string> shell::names_of_commands() const {
  std::vector<std::string> out;
  out.reserve(commands_.size());
  for (const auto& [name, each] : commands_) out.push_back(name);
  return out;
}

shell_answer shell::help(const arguments& words) const {
  need(words, 1, 2, "help [COMMAND]");
  shell_answer out;
  if (words.size() == 2) {
    const auto found = commands_.find(name_of_command(words[1]));
    if (found == commands_.end())
      throw user_error("There is no command \"" + words[1] + "\"; there are " +
                       listed(names_of_commands()) + ".");
    const auto& [usage, help, example, run, complete] = found->second;
    out.text = usage + "\n  " + help + "\nExample: " + example + "\n";
    out.json = {{"usage", usage}, {"help", help}, {"example", example}};
    return out;
  }
  std::vector<std::vector<std::string>> rows;
  rows.reserve(commands_.size());
  out.json = nlohmann::json::array();
  for (const auto& [name, each] : commands_) {
    rows.push_back({each.usage + "   " + each.help});
    out.json.push_back({{"usage", each.usage}, {"help", each.help}, {"example", each.example}});
  }
  out.text =
      format_table(rows) +
      "Commands are divided by ;, --json answers for programs, help COMMAND has an example.\n";
  return out;
}

std::vector<std::string> shell::members() {
  std::vector<std::string> out;
  for (const auto& node : client_->status().nodes) out.push_back(node.name);
  return out;
}

std::vector<std::string> shell::alive_members() {
  std::vector<std::string> out;
  for (const auto& node : client_->status().nodes)
    if (node.state == "alive") out.push_back(node.name);
  return out;
}

void shell::confirm(bool yes, const std::string& question) {
  if (yes) return;
  if (!ask_) throw user_error(question + " Nobody can be asked here: add --yes.");
  if (!ask_(question)) throw user_error("Nothing was changed.");
}

std::vector<std::string> shell::models() {
  std::set<std::string> names;
  for (const auto& node : client_->status().nodes)
    for (const auto& model : node.report.models)
      if (!model.name.empty()) names.insert(model.name);
  return {names.begin(), names.end()};
}

std::vector<std::string> shell::complete(const std::string& line) {
  // Of several commands, the last.
  auto words = split_words(line.substr(line.rfind(';') + 1));
  if (words.empty() || line.back() == ' ') words.emplace_back();
  std::vector<std::string> options;
  try {
    if (words.size() == 1) {
      options = names_of_commands();
    } else if (const auto found = commands_.find(name_of_command(words[0]));
               found != commands_.end() && found->second.complete) {
      options = found->second.complete(words);
    }
  } catch (const user_error&) {
    // The node is gone; completing nothing says so less rudely than a message amid the typing.
    return {};
  }
  const auto& last = words.back();
  std::erase_if(options, [&](const std::string& o) { return !o.starts_with(last); });
  return options;
}

}  // namespace bramble
