#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/transport/data_plane/data_plane.hpp"
#include "config/base/error.hpp"
#include "config/keys.hpp"

/// What bench-transport and bench-links share: a data plane that answers and one that asks.
namespace bramble::bench {

using steady = std::chrono::steady_clock;

/// In a frame's flags: the answer carries its payload; there is none.
inline constexpr std::uint16_t wants_echo = 1;
inline constexpr std::uint16_t wants_no_answer = 2;

inline double ms_since(steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(steady::now() - begin).count();
}

/// Of all threads of a process.
struct cpu_time {
  double user_ms = 0;
  double system_ms = 0;

  cpu_time operator-(const cpu_time& before) const {
    return {user_ms - before.user_ms, system_ms - before.system_ms};
  }
};

inline cpu_time own_cpu_time() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) * 1e-3;
  };
  return {ms(used.ru_utime), ms(used.ru_stime)};
}

inline data_plane_config config_of(const std::filesystem::path& keys, std::uint16_t port,
                                   bool plain) {
  const auto info = load_keys(keys);
  data_plane_config config;
  config.name = info.node_name;
  config.port = port;
  config.ca_file = info.paths.ca_crt;
  config.certificate_file = info.paths.node_crt;
  config.key_file = info.paths.node_key;
  config.encrypt = !plain;
  return config;
}

/// Answers each frame that wants it: with its payload or an empty one, and with the CPU time of
/// this process so far.
class answering_side {
 public:
  explicit answering_side(const data_plane_config& config)
      : plane_{config,
               {[this](const std::string& peer, frame&& got) { answer(peer, got); },
                [](const std::string& peer, link_event event, const std::string& reason) {
                  std::fprintf(stderr, "%s %s: %s\n", peer.c_str(),
                               event == link_event::up ? "up" : "down", reason.c_str());
                }}} {}

  data_plane& plane() { return plane_; }

 private:
  void answer(const std::string& peer, const frame& got) {
    if (got.header.flags == wants_no_answer) return;
    const auto size = got.header.flags == wants_echo ? got.header.size : 0;
    const auto used = own_cpu_time();
    auto header = got.header;
    header.a = static_cast<std::uint64_t>(used.user_ms * 1e3);
    header.b = static_cast<std::uint64_t>(used.system_ms * 1e3);
    plane_.send(peer, header, got.data, got.data.get(), size);
  }

  data_plane plane_;
};

class asking_side {
 public:
  asking_side(const data_plane_config& config, std::string peer)
      : peer_{std::move(peer)},
        plane_{config,
               {[this](const std::string& from, frame&& got) {
                  if (from != peer_) return;
                  tell([&] {
                    ++answers_;
                    peer_cpu_ = {static_cast<double>(got.header.a) * 1e-3,
                                 static_cast<double>(got.header.b) * 1e-3};
                  });
                },
                [this](const std::string& of, link_event event, const std::string& reason) {
                  if (of != peer_) return;
                  tell([&] { down_ = event == link_event::down ? reason : ""; });
                }}} {}

  data_plane& plane() { return plane_; }

  /// CPU time of the other side when it sent its last answer.
  cpu_time peer_cpu_time() {
    const std::lock_guard lock{mutex_};
    return peer_cpu_;
  }

  /// Sends `count` frames of `size` bytes, `window` unanswered at most; the time of each in ms.
  std::vector<double> run(std::size_t size, std::size_t count, std::size_t window,
                          std::uint16_t flags) {
    const auto payload = allocate_payload(size);
    std::fill_n(payload.get(), size, std::uint8_t{0x5a});
    std::vector<steady::time_point> began;
    std::vector<double> took;
    std::unique_lock lock{mutex_};
    answers_ = 0;
    while (took.size() < count) {
      while (began.size() < count && began.size() < took.size() + window) {
        began.push_back(steady::now());
        lock.unlock();
        send(flags, payload, size, {});
        lock.lock();
      }
      wait(lock, [&] { return answers_ > took.size(); });
      while (took.size() < answers_) took.push_back(ms_since(began[took.size()]));
    }
    return took;
  }

  /// Sends `count` frames of `size` bytes, one after the other, of which the last one is answered.
  /// As actors do, another thread than the plane's sends several at a time: whenever half of
  /// `window` bytes has left.
  void stream(std::size_t size, std::size_t count, std::size_t window) {
    const auto payload = allocate_payload(size);
    std::fill_n(payload.get(), size, std::uint8_t{0x5a});
    const auto left = [this, size, window](bool) {
      const std::lock_guard lock{mutex_};
      unsent_ -= size;
      if (unsent_ <= window / 2 && unsent_ + size > window / 2) changed_.notify_one();
    };
    std::unique_lock lock{mutex_};
    answers_ = 0;
    for (std::size_t sent = 0; sent != count;) {
      wait(lock, [&] { return unsent_ <= window / 2; });
      const auto batch =
          std::min(count - sent, std::max<std::size_t>(1, (window - unsent_) / size));
      unsent_ += batch * size;
      lock.unlock();
      for (std::size_t i = 0; i != batch; ++i)
        send(++sent == count ? std::uint16_t{0} : wants_no_answer, payload, size, left);
      lock.lock();
    }
    wait(lock, [&] { return answers_ == 1 && unsent_ == 0; });
  }

 private:
  void send(std::uint16_t flags, const std::shared_ptr<std::uint8_t>& payload, std::size_t size,
            std::function<void(bool)> done) {
    const auto result =
        plane_.send(peer_, {.flags = flags}, payload, payload.get(), size, std::move(done));
    if (result != send_result::queued) throw user_error("The link to " + peer_ + " broke.");
  }

  template <class Condition>
  void wait(std::unique_lock<std::mutex>& lock, Condition holds) {
    changed_.wait(lock, [&] { return holds() || !down_.empty(); });
    if (!down_.empty()) throw user_error("The link to " + peer_ + " broke: " + down_ + ".");
  }

  template <class Change>
  void tell(Change change) {
    {
      const std::lock_guard lock{mutex_};
      change();
    }
    changed_.notify_one();
  }

  const std::string peer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t answers_ = 0;
  cpu_time peer_cpu_;
  std::size_t unsent_ = 0;  ///< of a stream, in bytes
  std::string down_;
  data_plane plane_;
};

}  // namespace bramble::bench
