#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"
#include "config/keys.hpp"

namespace bramble {

/// The interactive console without its terminal: takes a line, says what to print. Commands talk to
/// the node it is attached to; `attach` changes that.
class shell {
 public:
  shell(key_info keys, const std::vector<endpoint>& where);

  /// What to print; a bad command or a node's complaint is text too, never an exception.
  std::string execute(const std::string& line);

  bool wants_to_leave() const { return leaving_; }
  /// The last line could not be carried out.
  bool failed() const { return failed_; }
  std::string prompt() const;

  /// What could stand at the end of `line`: commands first, then what the command takes.
  std::vector<std::string> complete(const std::string& line);

 private:
  using arguments = std::vector<std::string>;
  struct command {
    std::string usage;
    std::string help;
    std::function<std::string(const arguments&)> run;
  };

  void attach(const std::vector<endpoint>& where);
  std::string help(const arguments& words) const;
  std::string nodes(const arguments& words);
  std::string actors(const arguments& words);
  std::string plans(const arguments& words);
  std::string infer(const arguments& words);
  std::string attach_to(const std::string& where);
  std::string change(const std::string& member, const runtime_override& what);
  std::vector<std::string> members();
  std::vector<std::string> models();

  key_info keys_;
  std::unique_ptr<node_client> client_;
  std::map<std::string, command> commands_;
  bool leaving_ = false;
  bool failed_ = false;
};

}  // namespace bramble
