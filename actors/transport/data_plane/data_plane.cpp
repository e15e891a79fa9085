#include "actors/transport/data_plane/data_plane.hpp"

#include <utility>

#include "actors/transport/data_plane/core.hpp"
#include "actors/transport/data_plane/without_signals.hpp"
#include "config/base/error.hpp"

namespace bramble {
data_plane::data_plane(const data_plane_config& config, data_plane_handlers handlers)
    : core_{std::make_unique<core>(config, std::move(handlers))} {
  const transport::without_signals masked;
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "data_plane");
    core_->run();
  }};
}

data_plane::~data_plane() {
  core_->stop();
  thread_.join();
}

std::uint16_t data_plane::port() const {
  return core_->port();
}

void data_plane::add_peer(const std::string& name, const std::vector<std::string>& hosts,
                          std::uint16_t port) {
  core_->add_peer(name, hosts, port);
}

void data_plane::expect_peer(const std::string& name) {
  core_->expect_peer(name);
}

void data_plane::remove_peer(const std::string& name) {
  core_->remove_peer(name);
}

send_result data_plane::send(const std::string& peer, frame_header header,
                             std::shared_ptr<const void> keep, const std::uint8_t* data,
                             std::size_t size, std::function<void(bool sent)> done) {
  header.size = size;
  return core_->send(peer, {header, std::move(keep), data, std::move(done)});
}

void data_plane::limit_rate(double mbit) {
  core_->limit_rate(mbit);
}

bool data_plane::probe(const std::string& peer) {
  return core_->probe(peer);
}

void data_plane::reload_keys() {
  core_->reload_keys();
}

void data_plane::drop_revoked() {
  core_->drop_revoked();
}

std::vector<link_stats> data_plane::stats() const {
  return core_->stats();
}

}  // namespace bramble
