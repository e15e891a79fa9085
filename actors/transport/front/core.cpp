// The front as callers see it, and dialling; core_accept.cpp has those who come by themselves.
#include "actors/transport/front/core.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <utility>

#include "actors/transport/data_plane/cipher_choice.hpp"
#include "actors/transport/data_plane/listen.hpp"
#include "actors/transport/data_plane/tls.hpp"
#include "config/base/error.hpp"
#include "config/defaults_addresses.hpp"
#include "config/parse.hpp"

namespace bramble {

front::core::core(const front_config& config, accepted on_accepted)
    : config_{config},
      on_accepted_{std::move(on_accepted)},
      descriptor_limit_{raise_descriptor_limit()},
      work_{asio::make_work_guard(io_)},
      accept_timer_{io_},
      resolver_{io_},
      tls_{load_keys()},
      admission_{config.admission} {
  settings_.mine = config_.identity;
  settings_.message_limit = config_.message_limit;
  settings_.silence_timeout = config_.silence_timeout;
  if (!config_.listen) return;
  acceptor_.emplace(
      transport::listen_on(io_, config_.listen->address, config_.listen->port, "commands"));
  port_ = acceptor_->local_endpoint().port();
}

front::core::context_ptr front::core::load_keys() const {
  const auto& paths = config_.paths;
  const auto certified = transport::common_name_of(paths.node_crt);
  if (certified != config_.name)
    throw user_error(paths.node_crt.string() + " is the certificate of the node " + certified +
                     ", not of " + config_.name + "; start the node with that name.");
  return std::make_shared<asio::ssl::context>(transport::make_tls_context(
      {paths.ca_crt, paths.node_crt, paths.node_key},
      transport::cipher_suites(transport::own_cipher_speeds()), config_.revoked));
}

tunnel_settings front::core::settings_with(std::chrono::milliseconds setup_timeout) const {
  auto out = settings_;
  out.setup_timeout = setup_timeout;
  return out;
}

void front::core::run() {
  if (acceptor_) accept_next();
  io_.run();
}

void front::core::stop() {
  asio::post(io_, [this] {
    stopping_ = true;
    asio::error_code ignored;  // it is closed either way
    if (acceptor_) acceptor_->close(ignored);
    accept_timer_.cancel();
    while (!tunnels_.empty()) {
      const auto first = tunnels_.begin()->first;
      first->close("is given up: this process ends");
    }
    work_.reset();
  });
}

void front::core::reload_keys() {
  asio::post(io_, [this] {
    try {
      if (!stopping_) tls_ = load_keys();
    } catch (const std::exception& e) {
      spdlog::warn("control: the new certificate cannot be used: {}", e.what());
    }
  });
}

void front::core::drop_revoked() {
  asio::post(io_, [this] {
    if (!config_.revoked) return;
    std::vector<tunnel_ptr> revoked;
    for (const auto& [each, mine] : tunnels_)
      if (each->is_revoked(*config_.revoked)) revoked.push_back(each);
    for (const auto& each : revoked) each->close("has a certificate that was revoked");
  });
}

void front::core::dial(const std::string& host, std::uint16_t port,
                       std::chrono::milliseconds timeout, std::function<void(dialled)> then) {
  call wanted{to_string(endpoint{host, port}), timeout, std::move(then)};
  asio::post(io_, [this, host, port, wanted = std::move(wanted)]() mutable {
    if (stopping_)
      return wanted.then({-1, "", wanted.place + " is not dialled: this process ends"});
    resolver_.resolve(host, port, [this, wanted = std::move(wanted)](auto places, auto error) {
      if (stopping_) error = "this process ends";
      if (places.empty() || stopping_)
        return wanted.then({-1, "", wanted.place + " cannot be found: " + error});
      const auto made = std::make_shared<tunnel>(io_, tls_, settings_with(wanted.timeout), *this);
      tunnels_[made].wanted = wanted;
      made->dial(std::move(places));
    });
  });
}

void front::core::open(const tunnel_ptr& which, int local) {
  auto& mine = tunnels_.at(which);
  if (mine.ticket) {
    spdlog::debug("control: {} at {} is connected", which->name(), which->remote());
    return on_accepted_(local);
  }
  const auto wanted = std::move(*mine.wanted);
  mine.wanted.reset();
  wanted.then({local, which->name(), ""});
}

/// Somebody without a certificate of this cluster: a line once in a while for each address. Who
/// leaves without a word is a peer that looks which of our addresses answers.
bool front::core::is_news(const std::string& remote, const std::string& reason) {
  if (stopping_ || reason.find("closed the connection") != std::string::npos) return false;
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(told_,
                [&](const auto& each) { return now - each.second >= defaults::stranger_pause; });
  if (told_.size() >= defaults::strangers_most) return false;
  return told_.emplace(remote.substr(0, remote.rfind(':')), now).second;
}

void front::core::closed(const tunnel_ptr& which, const std::string& reason) {
  const auto node = tunnels_.extract(which);
  if (node.empty()) return;
  const auto& mine = node.mapped();
  const bool news = mine.ticket && which->name().empty() && is_news(which->remote(), reason);
  spdlog::log(news ? spdlog::level::warn : spdlog::level::debug, "control: {} {} {}",
              which->remote(), which->name(), reason);
  if (mine.ticket) {
    admission_.leave(*mine.ticket);
    strangers_.erase(*mine.ticket);
  }
  if (mine.counted && --names_[which->name()] == 0) names_.erase(which->name());
  if (mine.wanted) mine.wanted->then({-1, which->name(), mine.wanted->place + " " + reason});
}

}  // namespace bramble
