#include "actors/transport/data_plane/race.hpp"

#include <utility>

#include "actors/transport/data_plane/listen.hpp"
#include "config/defaults_addresses.hpp"

namespace bramble::transport {

race::race(asio::io_context& io, std::vector<tcp::endpoint> places, outcome then)
    : io_{io}, places_{std::move(places)}, then_{std::move(then)}, head_start_{io} {}

void race::ask_next() {
  if (!then_ || runners_.size() == places_.size()) return;
  const auto which = runners_.size();
  auto& fresh = runners_.emplace_back(io_);
  fresh.socket.async_connect(places_[which],
                             [self = shared_from_this(), which](asio::error_code error) {
                               self->connected(which, error);
                             });
  head_start_.expires_after(defaults::place_head_start);
  head_start_.async_wait([self = shared_from_this()](asio::error_code stopped) {
    if (!stopped) self->ask_next();
  });
}

void race::connected(std::size_t which, asio::error_code error) {
  if (!then_) return;
  if (!error) {
    auto winner = std::move(runners_[which].socket);
    auto then = std::move(then_);
    stop();
    return then(std::move(winner), {});
  }
  runners_[which].error = error;
  if (++failed_ < places_.size()) return ask_next();
  auto then = std::move(then_);
  stop();
  std::string why;
  bool same = true;
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    same = same && runners_[i].error == runners_.front().error;
    why += (i == 0 ? "" : ", ") + text_of(places_[i]) + ": " + runners_[i].error.message();
  }
  then(tcp::socket{io_}, same && !runners_.empty() ? runners_.front().error.message() : why);
}

void race::stop() {
  then_ = nullptr;
  head_start_.cancel();
  for (auto& each : runners_) {
    asio::error_code ignored;  // the descriptor is gone either way
    each.socket.close(ignored);
  }
}

}  // namespace bramble::transport
