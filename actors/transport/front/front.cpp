#include "actors/transport/front/front.hpp"

#include <pthread.h>

#include <future>
#include <utility>

#include "actors/transport/data_plane/without_signals.hpp"
#include "actors/transport/front/core.hpp"

namespace bramble {

front::front(const front_config& config, accepted on_accepted)
    : core_{std::make_unique<core>(config, std::move(on_accepted))} {
  const transport::without_signals masked;
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "front");
    core_->run();
  }};
}

front::~front() {
  core_->stop();
  thread_.join();
}

std::uint16_t front::port() const {
  return core_->port();
}

void front::reload_keys() {
  core_->reload_keys();
}

void front::drop_revoked() {
  core_->drop_revoked();
}

void front::dial(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
                 std::function<void(dialled)> then) {
  core_->dial(host, port, timeout, std::move(then));
}

front::dialled front::dial_and_wait(const std::string& host, std::uint16_t port,
                                    std::chrono::milliseconds timeout) {
  std::promise<dialled> made;
  dial(host, port, timeout, [&made](dialled result) { made.set_value(std::move(result)); });
  return made.get_future().get();
}

}  // namespace bramble
