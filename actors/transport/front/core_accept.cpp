// Who is let in at the front.
#include <spdlog/spdlog.h>

#include <cerrno>
#include <utility>

#include "actors/transport/front/core.hpp"
#include "actors/transport/front/source.hpp"

namespace bramble {
namespace {

bool is_out_of_descriptors(const asio::error_code& error) {
  return error == std::errc::too_many_files_open ||
         error == std::errc::too_many_files_open_in_system;
}

}  // namespace

void front::core::accept_next() {
  acceptor_->async_accept([this](asio::error_code error, tcp::socket socket) {
    if (stopping_) return;
    if (!error) {
      accept(std::move(socket));
      return accept_next();
    }
    if (is_out_of_descriptors(error)) {
      spare_.turn_away(acceptor_->native_handle());
      return accept_later();
    }
    // One that went before it was accepted.
    if (error == asio::error::connection_aborted) return accept_next();
    spdlog::warn("control: cannot accept a connection: {}", error.message());
    accept_later();
  });
}

void front::core::accept_later() {
  accept_timer_.expires_after(defaults::accept_retry);
  accept_timer_.async_wait([this](asio::error_code stopped) {
    if (!stopped) accept_next();
  });
}

void front::core::accept(tcp::socket socket) {
  asio::error_code error;
  const auto remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  // The kernel gives the lowest free number: one that is high says that few are left.
  if (socket.native_handle() >= descriptor_limit_ - defaults::front_descriptor_reserve)
    return turn_away(socket);
  const auto from = source_of(remote.address());
  if (!admission_.may_accept(from, admission::clock::now())) return turn_away(socket);
  const auto admitted = admission_.enter(from);
  if (admitted.crowded_out) {
    const auto oldest = strangers_.at(*admitted.crowded_out);
    oldest->close("made room for newer connections");
  }
  const auto fresh =
      std::make_shared<tunnel>(io_, tls_, settings_with(config_.setup_timeout), *this);
  tunnels_[fresh].ticket = admitted.which;
  strangers_[admitted.which] = fresh;
  fresh->accept(std::move(socket));
}

bool front::core::certified(const tunnel_ptr& which) {
  auto& mine = tunnels_.at(which);
  admission_.leave(*mine.ticket);
  strangers_.erase(*mine.ticket);
  auto& connections = names_[which->name()];
  if (connections >= config_.connections_per_name) return false;
  ++connections;
  mine.counted = true;
  return true;
}

}  // namespace bramble
