#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/client/infer_call.hpp"
#include "balancer/throughput/ways.hpp"
#include "tests/support/simulated_engine.hpp"
#include "tests/support/simulated_network.hpp"

namespace bramble::test {

/// A request as its client sees it.
struct simulated_request {
  float number = 0;                    ///< its input
  std::string asked;                   ///< the node it is at, or was last
  std::size_t tries = 0;               ///< nodes asked, one after the other
  std::vector<infer_reply> answers;    ///< one is right
  std::optional<std::string> trouble;  ///< what the last node said that gave none
};
using simulated_request_ptr = std::shared_ptr<simulated_request>;

/// A shelf of nodes in one process: their real actors, whole but for what computes (it only says
/// how long that takes), the network and the disk; on one thread, by a clock that only moves when
/// told. The same calls give the same run.
class shelf_simulation {
 public:
  explicit shelf_simulation(std::size_t nodes);
  ~shelf_simulation();
  shelf_simulation(const shelf_simulation&) = delete;
  shelf_simulation& operator=(const shelf_simulation&) = delete;

  const std::vector<std::string>& names() const;
  simulated_network& network();

  /// Lets time pass, event by event.
  void pass(std::chrono::milliseconds time);
  /// Until it is so; false where that takes longer.
  bool pass_until(const std::function<bool()>& is_so, std::chrono::milliseconds most);
  std::chrono::milliseconds now() const;

  bool runs(const std::string& name) const;
  void kill(const std::string& name);
  void start(const std::string& name);
  /// By the console: drain, resume, pace, rate.
  void change(const std::string& name, const runtime_override& what);

  /// The same, and what that node answers: what is so now, or why not.
  std::string ask_change(const std::string& name, const runtime_override& what);
  /// The cluster as that node sees it.
  cluster_status status(const std::string& name);
  /// Has the plans of that host made anew.
  replan_report replan(const std::string& name);

  /// Asks this node; where it gives no answer, another, until one does.
  simulated_request_ptr ask(const std::string& node);

  /// Those who would work on a request of this node, as it says; nobody: it says nothing.
  std::vector<std::string> planned(const std::string& node);

  /// What this node says of its plans and of the shelf's ways.
  live_report live(const std::string& node);
  /// The ways that there are, as a coordinator finds them.
  std::vector<way> ways() const;

  /// The client of the last request goes away.
  void leave_client();

  /// Whether all of these see each other, and nobody else, as alive.
  bool agree(const std::set<std::string>& alive);
  /// What is still under way on a node that should have nothing to do, as it says itself.
  std::vector<std::string> ghosts();
  bool answers_rightly(const simulated_request& request) const;

 private:
  class inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace bramble::test
