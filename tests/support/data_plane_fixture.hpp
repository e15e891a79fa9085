#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "actors/transport/data_plane/data_plane.hpp"
#include "config/keys.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bramble::testing {

/// Far beyond what anything here takes, even under a sanitizer on a busy machine.
inline constexpr std::chrono::seconds patience{60};

/// Certificates of one cluster with the nodes a, b and c, and of another with an a; made once.
class test_keys {
 public:
  static const test_keys& instance() {
    static const test_keys keys;
    return keys;
  }
  test_keys(const test_keys&) = delete;
  test_keys& operator=(const test_keys&) = delete;

  std::filesystem::path folder(const std::string& node) const { return root_ / node; }

 private:
  test_keys() {
    init_keys(folder("a"), "shelf", "a");
    for (const std::string node : {"b", "c"}) {
      install_keys(folder(node), issue_keys(folder("a"), node));
    }
    init_keys(folder("foreign-a"), "shelf", "a");
  }

  temporary_folder root_;
};

inline data_plane_config config_of(const std::string& folder) {
  const key_paths paths{test_keys::instance().folder(folder)};
  data_plane_config config;
  config.name = folder.substr(folder.size() - 1);
  config.bind_address = "127.0.0.1";
  config.ca_file = paths.ca_crt;
  config.certificate_file = paths.node_crt;
  config.key_file = paths.node_key;
  return config;
}

/// A data plane and all that it reported.
class test_node {
 public:
  explicit test_node(const data_plane_config& config)
      : name{config.name}, plane_{std::make_unique<data_plane>(config, handlers())} {}
  explicit test_node(const std::string& folder) : test_node{config_of(folder)} {}

  const std::string name;

  data_plane& plane() { return *plane_; }
  void stop() { plane_.reset(); }

  void knows(const test_node& other) {
    plane().add_peer(other.name, "127.0.0.1", other.plane_->port());
  }

  /// Waits until `condition` holds, which is looked at whenever something was reported.
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, condition);
  }

  bool wait_up(const std::string& peer) {
    return wait([&] { return is_up[peer]; });
  }
  bool wait_down(const std::string& peer) {
    return wait([&] { return !reasons[peer].empty() && !is_up[peer]; });
  }

  send_result send(const std::string& peer, frame_header header, std::size_t size) {
    auto data = allocate_payload(size);
    fill(data.get(), size, header.request);
    const auto* at = data.get();
    return plane().send(peer, header, std::move(data), at, size,
                        [this](bool sent) { report([&] { ++(sent ? left : lost); }); });
  }

  /// Called on the plane's thread for each frame, before it is recorded.
  std::function<void(const frame&)> on_frame;

  // Look at these inside `wait` only, or after `stop`.
  std::map<std::string, std::vector<frame>> frames;
  std::map<std::string, bool> is_up;
  std::map<std::string, std::vector<std::string>> reasons;  ///< of each down
  std::size_t left = 0;
  std::size_t lost = 0;

  static void fill(std::uint8_t* data, std::size_t size, std::uint64_t seed) {
    std::mt19937_64 bits{seed};
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8) {
      const auto word = bits();
      std::memcpy(data + at, &word, 8);
    }
    for (; at < size; ++at) data[at] = static_cast<std::uint8_t>(bits());
  }

  static bool is_intact(const frame& got) {
    const auto expected = allocate_payload(got.header.size);
    fill(expected.get(), got.header.size, got.header.request);
    const auto aligned = reinterpret_cast<std::uintptr_t>(got.data.get()) % 64 == 0;
    return aligned && (got.header.size == 0 ||
                       std::memcmp(expected.get(), got.data.get(), got.header.size) == 0);
  }

 private:
  data_plane_handlers handlers() {
    return {[this](const std::string& peer, frame&& got) {
              if (on_frame) on_frame(got);
              report([&] { frames[peer].push_back(std::move(got)); });
            },
            [this](const std::string& peer, link_event event, const std::string& reason) {
              report([&] {
                is_up[peer] = event == link_event::up;
                if (event == link_event::down) reasons[peer].push_back(reason);
              });
            }};
  }

  template <class Change>
  void report(Change change) {
    {
      const std::lock_guard lock{mutex_};
      change();
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<data_plane> plane_;
};

/// Lets two nodes know each other and waits for their link.
inline bool linked(test_node& one, test_node& other) {
  one.knows(other);
  other.knows(one);
  return one.wait_up(other.name) && other.wait_up(one.name);
}

}  // namespace bramble::testing
