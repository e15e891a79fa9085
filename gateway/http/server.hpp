#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/http/call.hpp"
#include "gateway/http/tls_identity.hpp"

namespace bramble::gateway {

class connection;

/// Answers each connection on a thread of its own, as many as
/// defaults::gateway_connections_most at once; others are told to try again. Bounds what a request
/// may be and how long it may take (config/defaults_gateway.hpp).
class http_server {
 public:
  /// Takes a descriptor of gateway/http/listen.hpp. `tls` may be null.
  http_server(int listening, std::shared_ptr<tls_identity> tls, http_answerer answerer,
              const http_limits& limits = {});
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Until `stop` can be read (a descriptor); what is being answered then has a moment to be.
  /// Threads of connections may be left, which use this server: the program ends next.
  void run(int stop);

  /// Connections that are open, and those that came while there were too many. Any thread.
  std::size_t connections() const;
  std::uint64_t turned_away() const { return turned_away_; }

 private:
  struct engine;  // httplib's server
  class busy_guard;

  void accept_one();
  void serve(connection& from);
  bool admit(const std::string& peer);
  void leave(const std::string& peer);

  const http_limits limits_;
  const std::shared_ptr<tls_identity> tls_;
  std::unique_ptr<engine> engine_;
  const int listening_;
  std::atomic<std::uint64_t> turned_away_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t open_ = 0;  ///< connections
  std::size_t busy_ = 0;  ///< of them those with a request
  std::map<std::string, std::size_t> by_peer_;
};

}  // namespace bramble::gateway
