// How a link that is up comes to go over another address of its peer, on the data plane's own
// thread. The side that dials tries the other address with a second connection. Both sides keep the
// first until the second is up, and let go of it without a word to anybody when nothing was on its
// way; otherwise the link counts as broken, as ever when a newer connection comes.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "actors/transport/data_plane/core.hpp"

namespace bramble {

using transport::connection;

data_plane::core::peer_ptr data_plane::core::candidate_of(const connection& link) const {
  const std::lock_guard lock{mutex_};
  auto which = find(link.name());
  if (which && which->candidate.get() != &link) which = nullptr;
  return which;
}

/// The mutex is held.
bool data_plane::core::is_quiet(const transport::peer& which,
                                std::chrono::steady_clock::time_point now) const {
  return which.data_waiting == 0 && now - which.last_data >= config_.path_quiet;
}

void data_plane::core::consider_move(const peer_ptr& of,
                                     std::chrono::steady_clock::time_point now) {
  // The peer would not take to a connection of the side that it dials itself.
  if (!of->dials || !of->link || !of->link->is_up() || !of->link->is_dialled() || of->candidate)
    return;
  std::optional<std::string> host;
  std::uint16_t port = 0;
  {
    const std::lock_guard lock{mutex_};
    const auto out = of->meter.mbit_out();
    if (!out || !of->meter.settled_out()) return;
    of->paths.measured(std::min(*out, of->meter.mbit_in().value_or(*out)));
    if (is_quiet(*of, now)) host = of->paths.better(of->hosts, now);
    port = of->port;
  }
  if (!host) return;
  asio::error_code a_name;
  const auto address = asio::ip::make_address(*host, a_name);
  of->paths.attempted(*host, now);
  if (a_name) return;
  spdlog::debug("data plane: tries {} at {} as well", of->name, *host);
  of->candidate = make_connection();
  of->candidate->dial({{address, port}}, of->name, true);
}

bool data_plane::core::may_move(const connection& from) {
  const auto which = candidate_of(from);
  if (!which || !which->link || !which->link->is_up()) return false;
  const std::lock_guard lock{mutex_};
  const bool quiet = is_quiet(*which, std::chrono::steady_clock::now());
  if (!quiet) which->paths.put_off(from.place().address().to_string());
  return quiet;
}

/// Whether the link goes on over its candidate. Otherwise the candidate is the link now, and it
/// comes up like any other.
bool data_plane::core::take_over(const peer_ptr& which) {
  const auto link = std::exchange(which->candidate, nullptr);
  const auto now = std::chrono::steady_clock::now();
  bool quietly = link->is_move() && which->link && which->link->is_up();
  if (quietly) {
    const std::lock_guard lock{mutex_};
    // This side has asked before it said hello, and has sent nothing since.
    quietly = link->is_dialled() || is_quiet(*which, now);
  }
  if (!quietly) {
    constexpr const char* replaced = "was replaced by a newer connection";
    if (which->link && which->link->is_up()) which->link->close(replaced);
    if (const auto older = std::exchange(which->link, link)) older->close(replaced);
    return false;
  }
  const auto older = std::exchange(which->link, link);
  const auto rate = which->meter.mbit_out();
  spdlog::info("data plane: link to {} goes over {} now, before over {} ({:.0f} Mbit/s)",
               which->name, link->remote(), older->remote(), rate.value_or(0));
  retired_ = which;  // a probe may be half sent
  older->close("gave way to another address");
  retired_ = nullptr;
  which->paths.over(link->place().address().to_string(), now);
  which->up_since = now;
  {
    const std::lock_guard lock{mutex_};
    which->meter = {};  // what it knew is of the other path
    which->probe_growth = 1;
    which->samples_before_probe = 0;
    ++which->counts.connections;
    push_ping(*which, false);
  }
  if (rate_limit_mbit_ > 0) link->limit_rate(rate_limit_mbit_);
  link->kick();
  return true;
}

}  // namespace bramble
