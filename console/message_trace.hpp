#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "actors/client/node_client.hpp"

namespace bramble {

/// A line of a trace: "12:01:02.345  pi2  other nodes -> node  gossip  waited 0.03 ms, took 0.20
/// ms", and what it carries.
std::string describe(const std::string& node, const tapped_message& message);
nlohmann::json to_json(const std::string& node, const tapped_message& message);

/// Traces of messages on one or more nodes, of which the owner shows what comes. Whatever becomes
/// of it, each node ends its own after the time or number that was asked for; this one ends them at
/// once when it goes.
class message_trace {
 public:
  using nodes = std::vector<std::pair<std::string, std::shared_ptr<node_client>>>;

  /// Throws `user_error` where one does not begin; then none is left on.
  message_trace(nodes whom, const tap_query& what);
  ~message_trace();
  message_trace(const message_trace&) = delete;
  message_trace& operator=(const message_trace&) = delete;

  using line = std::pair<std::string, tapped_message>;  ///< with its node
  /// What came since the last time, by time. A node that does not answer any more is left out from
  /// then on, and told in `silent`.
  std::vector<line> read(bool ends = false);
  /// Whether more may come.
  bool runs() const;
  std::uint64_t left_out() const;
  const std::vector<std::string>& silent() const { return silent_; }

 private:
  struct tapped_node {
    std::string name;
    std::shared_ptr<node_client> client;
    std::uint64_t tap = 0;
    std::uint64_t after = 0;
    std::uint64_t left_out = 0;
    bool runs = true;
  };
  void end_all() noexcept;

  std::vector<tapped_node> nodes_;
  std::vector<std::string> silent_;
};

}  // namespace bramble
