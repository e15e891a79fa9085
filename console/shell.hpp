#pragma once

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"
#include "config/keys.hpp"

namespace bramble {

class message_trace;
class stop_flag;

/// What a command of the console says, for people and for programs.
struct shell_answer {
  std::string text;
  nlohmann::json json = nullptr;
};

/// The interactive console without its terminal: takes a line, says what to print. Commands talk to
/// the node it is attached to; `attach` changes that. Each command is an entry in one of
/// console/shell_*.cpp.
class shell {
 public:
  using arguments = std::vector<std::string>;  ///< the command's name first
  struct command {
    std::string usage;
    std::string help;
    std::string example;
    std::function<shell_answer(const arguments&)> run;
    /// What could stand at this place of the line (1: after the name); may ask the node. None: file
    /// names.
    std::function<std::vector<std::string>(const arguments&)> complete = {};
  };

  shell(key_info keys, const std::vector<endpoint>& where);

  /// Commands that go on (`watch`, `--follow`) print here as they go, and end when the flag is
  /// raised; without a place to print they are refused. Both outlive the shell.
  void let_go_on(std::function<void(const std::string&)> print, const stop_flag& stop);

  /// Commands that take something away ask somebody first, by this; without it they are refused
  /// unless `--yes` is typed.
  void let_ask(std::function<bool(const std::string& question)> ask) { ask_ = std::move(ask); }

  /// What to print; a bad command or a node's complaint is text too, never an exception. Several
  /// commands are divided by `;`, each is tried, whatever became of the one before. With the word
  /// `--json` a command answers as programs read it.
  std::string execute(const std::string& line);

  bool wants_to_leave() const { return leaving_; }
  /// How many commands of the last line could not be carried out.
  std::size_t failed() const { return failed_; }
  std::string prompt() const;

  /// What could stand at the end of `line`: commands first, then what the command takes.
  std::vector<std::string> complete(const std::string& line);

 private:
  void attach(const std::vector<endpoint>& where);
  std::string execute_one(const std::string& text);
  shell_answer run(const std::string& text, bool& as_json);

  void add_node_commands();
  void add_actor_commands();
  void add_event_commands();
  void add_script_commands();
  void add_infer_command();
  void add_operator_commands();
  void add_trace_command();
  void add_send_command();
  std::vector<std::string> names_of_commands() const;

  shell_answer help(const arguments& words) const;
  shell_answer nodes();
  shell_answer list_of_models();
  shell_answer plans(const arguments& words);
  shell_answer load(const arguments& words);
  shell_answer infer(arguments words);
  shell_answer infer_many(const model_description& model, const infer_request& terms,
                          const arguments& files, std::size_t concurrency);
  shell_answer attach_to(const std::string& where);
  shell_answer probe(const std::string& member);
  shell_answer examine(const arguments& words);
  shell_answer change(const std::string& member, const runtime_override& what);

  shell_answer actors(arguments words);
  shell_answer inspect(const arguments& words);
  std::vector<actor_list> actors_of(const std::string& whose);

  shell_answer events(arguments words);
  shell_answer why(const arguments& words);
  shell_answer requests(const arguments& words);
  shell_answer cancel(arguments words);
  shell_answer log(arguments words);
  void say(const std::string& text);
  /// Prints what `next` says once a second, until Ctrl-C.
  template <class Next>
  void go_on(Next next);

  shell_answer replan(const arguments& words);
  shell_answer pin(const arguments& words);
  shell_answer stop(arguments words);
  shell_answer restart(arguments words);
  shell_answer trace(arguments words);
  std::vector<std::string> aim_trace(const std::string& target, const std::string& node,
                                     const cluster_status& status, tap_query& what);
  shell_answer show_trace(message_trace& trace);
  shell_answer send(arguments words);
  std::vector<std::string> complete_send(const arguments& words);
  /// Throws `user_error` where somebody says no, or nobody can be asked.
  void confirm(bool yes, const std::string& question);
  std::vector<std::string> alive_members();

  shell_answer watch(const arguments& words);
  shell_answer save(const std::string& file);
  shell_answer source(const std::string& file);

  std::vector<std::string> members();
  std::vector<std::string> models();
  std::vector<std::string> names_of_actors();

  key_info keys_;
  std::unique_ptr<node_client> client_;
  std::map<std::string, command> commands_;
  std::function<void(const std::string&)> print_;
  const stop_flag* stop_ = nullptr;
  std::function<bool(const std::string&)> ask_;
  bool as_json_ = false;            ///< the command at hand is to answer so
  std::vector<std::string> typed_;  ///< commands that went well, for `save`
  std::size_t sourced_ = 0;         ///< files under way, one within the other
  bool leaving_ = false;
  std::size_t failed_ = 0;
};

/// Throws `user_error` with the usage unless there are so many words.
void need(const shell::arguments& words, std::size_t least, std::size_t most, const char* usage);

/// Takes `name VALUE` out of the words; empty: it is not there. Throws `user_error` where the value
/// is missing.
std::string take_option(shell::arguments& words, const std::string& name);
/// Takes a word out of them, and tells whether it was there.
bool take_flag(shell::arguments& words, const std::string& name);

}  // namespace bramble
