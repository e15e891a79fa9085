#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "actors/transport/data_plane/resolve.hpp"
#include "actors/transport/front/descriptors.hpp"
#include "actors/transport/front/front.hpp"
#include "actors/transport/front/tunnel.hpp"

namespace bramble {

/// The inside of a front. Public methods may be called from any thread; all else runs on the one
/// thread in `run`.
class front::core final : public tunnel_owner {
 public:
  core(const front_config& config, accepted on_accepted);
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  std::uint16_t port() const { return port_; }
  void dial(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
            std::function<void(dialled)> then);

  void reload_keys();
  void drop_revoked();

  /// Serves until `stop`.
  void run();
  void stop();

 private:
  using tcp = asio::ip::tcp;
  using context_ptr = std::shared_ptr<asio::ssl::context>;

  /// What is being dialled, for whom.
  struct call {
    std::string place;
    std::chrono::milliseconds timeout{0};
    std::function<void(dialled)> then;
  };

  bool certified(const tunnel_ptr& which) override;
  void open(const tunnel_ptr& which, int local) override;
  void closed(const tunnel_ptr& which, const std::string& reason) override;
  bool is_news(const std::string& remote, const std::string& reason);
  std::uint64_t face() const override { return config_.face; }

  void accept_next();
  void accept(tcp::socket socket);
  void accept_later();
  context_ptr load_keys() const;
  tunnel_settings settings_with(std::chrono::milliseconds setup_timeout) const;

  const front_config config_;
  const accepted on_accepted_;
  const int descriptor_limit_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::optional<tcp::acceptor> acceptor_;
  asio::steady_timer accept_timer_;
  transport::resolver resolver_;
  std::uint16_t port_ = 0;

  // Of the thread in `run`.
  context_ptr tls_;  // connections keep theirs
  bool stopping_ = false;
  tunnel_settings settings_;
  admission admission_;
  spare_descriptor spare_;
  struct entry {
    std::optional<admission::ticket> ticket;  ///< of one that was accepted
    bool counted = false;                     ///< in `names_`
    std::optional<call> wanted;               ///< of one that is being dialled
  };
  std::map<tunnel_ptr, entry> tunnels_;
  std::map<admission::ticket, tunnel_ptr> strangers_;
  std::map<std::string, std::chrono::steady_clock::time_point> told_;  ///< of whom, by address
  std::map<std::string, std::size_t> names_;  ///< accepted connections of each
};

}  // namespace bramble
