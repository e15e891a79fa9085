#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
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

/// In a frame's flags: the answer carries its payload.
inline constexpr std::uint16_t wants_echo = 1;

inline double ms_since(steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(steady::now() - begin).count();
}

/// User and system time of all threads of this process.
inline double cpu_ms() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) * 1e-3;
  };
  return ms(used.ru_utime) + ms(used.ru_stime);
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

/// Answers each frame: with its payload when that is wanted, else with an empty one, and with the
/// CPU time of this process so far.
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
    const auto size = got.header.flags == wants_echo ? got.header.size : 0;
    auto header = got.header;
    header.b = static_cast<std::uint64_t>(cpu_ms() * 1e3);
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
                    peer_cpu_us_ = got.header.b;
                  });
                },
                [this](const std::string& of, link_event event, const std::string& reason) {
                  if (of != peer_) return;
                  tell([&] { down_ = event == link_event::down ? reason : ""; });
                }}} {}

  data_plane& plane() { return plane_; }

  /// CPU time of the other side when it sent its last answer.
  double peer_cpu_ms() {
    const std::lock_guard lock{mutex_};
    return static_cast<double>(peer_cpu_us_) * 1e-3;
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
        const auto result = plane_.send(peer_, {.flags = flags}, payload, payload.get(), size);
        lock.lock();
        if (result != send_result::queued) throw user_error("The link to " + peer_ + " broke.");
      }
      changed_.wait(lock, [&] { return answers_ > took.size() || !down_.empty(); });
      if (!down_.empty()) throw user_error("The link to " + peer_ + " broke: " + down_ + ".");
      while (took.size() < answers_) took.push_back(ms_since(began[took.size()]));
    }
    return took;
  }

 private:
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
  std::uint64_t peer_cpu_us_ = 0;
  std::string down_;
  data_plane plane_;
};

}  // namespace bramble::bench
