#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/transport/join/client.hpp"
#include "actors/transport/join/server.hpp"
#include "config/keys.hpp"
#include "tests/support/two_nodes.hpp"

namespace bramble::test {

/// An inviting node with its authority, on a free port of this machine, and a folder for one that
/// joins.
class inviting_node {
 public:
  explicit inviting_node(invitation what = {}, admission_limits limits = unlimited(),
                         std::chrono::milliseconds timeout = std::chrono::seconds{20},
                         const join_packages& packages = {}) {
    const auto now = std::chrono::steady_clock::now();
    what.secret = secret;
    if (what.until == std::chrono::steady_clock::time_point{})
      what.until = now + std::chrono::hours{1};
    invitation_book book;
    number = book.open(what, std::min(now, what.until - std::chrono::seconds{1}));
    join_handlers handlers;
    handlers.certify = [this](const join_guest& guest, EVP_PKEY& key) {
      const auto made = certify(nodes.a, guest.name, key, "invite", guest.replace);
      join_answer out;
      out.certificate = made.certificate;
      out.authority = made.authority;
      out.peers = "cluster " + load_keys(nodes.a).founder + "\npeer a 7741 1 127.0.0.1\n";
      return out;
    };
    handlers.tell = [this](const join_news& one) {
      const std::lock_guard lock{mutex_};
      news_.push_back(one);
      more_.notify_all();
    };
    join_server_config config{key_paths{nodes.a}};
    config.listen_address = "127.0.0.1";
    config.port = 0;
    config.admission = limits;
    config.conversation_timeout = timeout;
    config.packages = packages;
    server.emplace(config, std::move(book), std::move(handlers));
  }

  static admission_limits unlimited() {
    return {.unauthenticated = defaults::join_connections_most,
            .unauthenticated_per_source = defaults::join_connections_most,
            .accepts_per_second = 1e6,
            .accepts_at_once = 1e6,
            .sources = defaults::join_sources_most};
  }

  join_code code() const {
    return {.hosts = {"127.0.0.1"},
            .port = server->port(),
            .authority = short_fingerprint(load_keys(nodes.a).authorities.front()),
            .secret = secret};
  }

  join_call call(const std::string& name = "pi2") const {
    return {.code = code(), .name = name, .insists = false, .version = "test"};
  }

  /// Waits until so many pieces of news are there.
  std::vector<join_news> news(std::size_t least) {
    std::unique_lock lock{mutex_};
    more_.wait_for(lock, std::chrono::seconds{30}, [&] { return news_.size() >= least; });
    return news_;
  }

  two_nodes nodes;
  const join_secret secret = make_join_secret();
  invitation_number number = 0;

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<join_news> news_;

 public:
  /// The last member: its thread tells news until it is gone.
  std::optional<join_server> server;
};

}  // namespace bramble::test
