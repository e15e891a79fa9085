#pragma once

#include <array>
#include <optional>
#include <vector>

#include "balancer/simulate/simulate.hpp"
#include "model/plan/schedule.hpp"

namespace bramble {

/// Simulates schedules on one shelf. Not thread-safe.
class simulator {
 public:
  /// Keeps a reference to `cost`.
  explicit simulator(const cost_model& cost) : cost_{cost} {}

  /// The result stays valid until the next run. Throws `std::logic_error` for a schedule that
  /// cannot run to its end.
  const simulation& run(const schedule& s, bool with_events = false);

  /// The same in two steps, for whoever only asks whether a schedule is quick enough. `load` finds
  /// what every step and message takes, and says how long each node will be busy in all, which does
  /// not depend on their order. `makespan_below` then runs what was loaded; none as soon as it is
  /// certain that it takes `most_ms` or longer: nodes still have to do what they have not done.
  const std::vector<double>& load(const schedule& s);
  std::optional<double> makespan_below(const schedule& s, double most_ms);

  /// Steps that the last run began.
  std::size_t steps_begun() const { return begun_; }

  /// What a piece takes: remembered, because from one candidate to the next little changes.
  double piece_ms(op_id op, std::uint16_t node, const region& out);

 private:
  struct event {
    double at = 0;
    // Its kind before its index; ties: wake-ups, then arrivals, then finished steps, then lines.
    // The index is of arrivals and offers the transfer, else the node.
    std::uint64_t what = 0;
    std::uint32_t kind() const { return static_cast<std::uint32_t>(what >> 32U); }
    std::uint32_t index() const { return static_cast<std::uint32_t>(what); }
    bool operator>(const event& other) const {
      return at != other.at ? at > other.at : what > other.what;
    }
  };

  void reset(const schedule& s);
  void find_orders(const schedule& s);
  bool play(const schedule& s, double most_ms);
  void handle(const schedule& s, const event& e);
  void satisfy(const schedule& s, std::uint32_t step);
  void offer_inputs(const schedule& s);
  void push(double at, std::uint32_t kind, std::uint32_t index);
  void make_ready(const schedule& s, std::uint32_t step);
  void start_next(const schedule& s, std::size_t node, double now);
  void send(const schedule& s, std::uint32_t transfer);
  void use_lines(const schedule& s, const std::vector<std::uint32_t>& waiting, double now);
  void watch_lines(const schedule& s, std::uint32_t transfer, double now);
  void occupy_line(const schedule& s, std::uint32_t transfer, double now);

  /// What was asked last of an op on a node: from one candidate to the next little changes.
  struct known_piece {
    region out;
    double ms = -1;
  };
  /// What a transfer costs: found once per run.
  struct message {
    std::uint64_t bytes = 0;
    double sent_ms = 0;  // from its sender's computing
    double received_ms = 0;
    double line_ms = 0;
  };

  const cost_model& cost_;
  bool with_events_ = false;
  simulation result_;
  std::vector<std::array<known_piece, 2>> known_pieces_;  // op x node
  std::vector<message> messages_;                         // by transfer
  std::vector<event> heap_;
  std::vector<std::uint32_t> pending_;                      // by step
  std::vector<std::uint32_t> followers_begin_, followers_;  // step -> steps
  std::vector<std::uint32_t> readers_begin_, readers_;      // transfer -> steps
  std::vector<std::uint32_t> sends_begin_, sends_;          // step -> transfers
  std::vector<bool> received_;                              // by transfer: its handling was paid
  std::vector<std::vector<std::uint32_t>> ready_;           // by node: heap, lowest step first
  std::vector<double> busy_until_;                          // by node
  std::vector<double> out_free_, in_free_;                  // by node: its NIC's two directions
  std::vector<bool> out_watched_, in_watched_;              // by node: an event is due then
  std::vector<std::vector<std::uint32_t>> out_, in_;        // by node: transfers that wait
  std::vector<std::uint32_t> inputs_;   // transfers that are there from the start
  std::vector<std::uint32_t> running_;  // by node: its step, or no_step
  std::vector<double> step_ms_;         // without messages
  std::vector<double> all_ms_;          // by node: what it will be busy in all
  std::vector<double> left_ms_;         // by node: of that, what it has not begun
  std::size_t finished_ = 0, begun_ = 0;
  double most_ms_ = 0;
  bool too_long_ = false;
};

}  // namespace bramble
