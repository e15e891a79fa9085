#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/internal/actors.hpp"

namespace bramble::test {

using carry_atom = caf::atom_constant<caf::atom("carry")>;
/// Something that happens when it arrives.
using parcel = std::shared_ptr<std::function<void()>>;

/// What lies between the nodes of a simulated shelf: cables that can be cut, slow or late, machines
/// that can be frozen or gone. Connections are lost `silence` after their way was, and at once when
/// a machine dies. Everything runs on the scheduler's one thread and on its virtual clock.
class simulated_network {
 public:
  static constexpr std::chrono::milliseconds silence{3000};  ///< as of the real connections

  static constexpr double usual_mbit = 900;  ///< of a cable

  /// One life of one machine.
  struct machine {
    std::string name;
    std::string address;
    node_actor face;
    branch_executor_actor executor;
    std::set<std::string> tensor_peers;  ///< that its transport was told of
  };

  explicit simulated_network(caf::actor_system& system);
  ~simulated_network();
  simulated_network(const simulated_network&) = delete;
  simulated_network& operator=(const simulated_network&) = delete;

  void start(const machine& what);
  void kill(const std::string& name);
  machine* find(const std::string& name);
  machine* find_at(const std::string& address);

  /// From one to the other, not back.
  void cut(const std::string& from, const std::string& to);
  void heal(const std::string& from, const std::string& to);
  void freeze(const std::string& name);
  void thaw(const std::string& name);
  /// Each message takes up to so much longer, by chance.
  void set_jitter(std::chrono::microseconds most) { jitter_ = most; }
  void seed(std::uint64_t from) { chance_ = from * 2 + 1; }

  /// Whether something sent now would arrive now.
  bool passes(const std::string& from, const std::string& to);
  /// Both ways, between machines that run.
  bool is_connected(const std::string& a, const std::string& b);

  /// A connection of `from` to the machine `to`, as the handle that `from` gets.
  node_actor connect(const std::string& from, const std::string& to);

  /// A frame for the executor of `to`. False: there is no link.
  bool carry(const std::string& from, const std::string& to, const frame& what);
  bool has_tensor_link(const std::string& from, const std::string& to);
  double rate(const std::string& from, const std::string& to) { return wire(from, to).mbit; }

  std::chrono::microseconds delay();

  /// Runs `what` then, whatever happens meanwhile.
  void after(std::chrono::nanoseconds time, std::function<void()> what);

 private:
  struct cable {
    bool cut = false;
    double mbit = usual_mbit;
    std::chrono::steady_clock::time_point free_at{};  ///< the last frame is through
  };
  using pair = std::pair<std::string, std::string>;

  cable& wire(const std::string& from, const std::string& to) { return wires_[{from, to}]; }
  std::chrono::steady_clock::time_point now();
  /// Once `from` and `to` can be passed, unless they are parted before.
  void arrive(const pair& way, std::uint64_t epoch, std::function<void()> what);
  void watch(const std::string& a, const std::string& b);
  void part(const std::string& a, const std::string& b, const std::string& why);
  static pair unordered(const std::string& a, const std::string& b);

  caf::actor_system& system_;
  caf::actor carrier_;
  std::map<std::string, machine> machines_;
  std::map<pair, cable> wires_;
  std::set<std::string> frozen_;
  std::map<pair, std::vector<caf::actor>> connections_;  ///< handles given out, unordered
  std::map<pair, std::uint64_t> epochs_;  ///< raised when a pair is parted; unordered
  std::set<pair> parted_;                 ///< that have no way yet; unordered
  std::chrono::microseconds jitter_{0};
  std::uint64_t chance_ = 1;
};

}  // namespace bramble::test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::test::parcel)
