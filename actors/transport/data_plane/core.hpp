#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>
#include <asio/steady_timer.hpp>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/transport/data_plane/connection.hpp"
#include "actors/transport/data_plane/data_plane.hpp"
#include "actors/transport/data_plane/peer.hpp"
#include "actors/transport/data_plane/resolve.hpp"

namespace bramble {

/// The inside of a data plane. Public methods may be called from any thread and only touch what the
/// mutex guards; all else runs on the one thread in `run`.
class data_plane::core final : public transport::connection_owner {
 public:
  core(const data_plane_config& config, data_plane_handlers handlers);
  core(const core&) = delete;
  core& operator=(const core&) = delete;

  std::uint16_t port() const { return port_; }
  void add_peer(const std::string& name, const std::vector<std::string>& hosts, std::uint16_t port);
  void expect_peer(const std::string& name);
  void remove_peer(const std::string& name);
  send_result send(const std::string& name, outgoing_frame&& out);
  bool probe(const std::string& name);
  void limit_rate(double mbit);
  std::vector<link_stats> stats() const;
  void reload_keys();
  void drop_revoked();

  /// Serves until `stop`.
  void run();
  void stop();

 private:
  using tcp = asio::ip::tcp;
  using peer_ptr = transport::peer_ptr;
  using connection_ptr = transport::connection_ptr;

  void authenticated(const connection_ptr& from, const std::string& name) override;
  bool may_move(const transport::connection& from) override;
  void up(const connection_ptr& from) override;
  std::optional<outgoing_frame> next(transport::connection& from) override;
  void sent(transport::connection& from, std::vector<outgoing_frame>&& frames) override;
  void received(transport::connection& from, frame&& got, frame_rates&& rates) override;
  transport::flows incoming() const override;
  transport::flows outgoing() const override;
  transport::flows confirmed() const override;
  void closed(const connection_ptr& from, const std::string& reason,
              std::vector<outgoing_frame>&& unsent) override;

  void accept_next();
  void make_room();
  void tick();

  asio::ssl::context load_keys() const;
  connection_ptr make_connection();
  void begin(const peer_ptr& to, bool moved);
  void dial(const peer_ptr& to);
  void dial_at(const peer_ptr& to, std::vector<tcp::endpoint> places);
  bool is_news_of(const transport::connection& stranger);
  bool is_elsewhere(const peer_ptr& to);
  bool adopt_parked(const peer_ptr& by);
  void note_trouble(const peer_ptr& with, const std::string& why);
  void dial_later(const peer_ptr& to);
  void wait_to_be_dialled(const peer_ptr& to);
  void adopt(const peer_ptr& by, const connection_ptr& link);
  void take_down(const peer_ptr& which, const std::string& reason,
                 std::vector<outgoing_frame>&& unsent);
  void consider_move(const peer_ptr& of, std::chrono::steady_clock::time_point now);
  bool is_quiet(const transport::peer& which, std::chrono::steady_clock::time_point now) const;
  bool take_over(const peer_ptr& which);
  void end(const peer_ptr& which);
  void kick(const peer_ptr& which);

  peer_ptr find(const std::string& name) const;
  peer_ptr owner_of(const transport::connection& link) const;
  peer_ptr candidate_of(const transport::connection& link) const;
  bool is_crowded_by(const transport::peer& to, std::size_t more) const;
  static void push_ping(transport::peer& to, bool late);
  template <class Count>
  transport::flows count(Count bytes_of) const;
  static void push_pong(transport::peer& to, const ping_frame& echo);
  void on_ping(const peer_ptr& from, const frame_header& header);
  void on_pong(const peer_ptr& from, const frame_header& header);

  const data_plane_config config_;
  const data_plane_handlers handlers_;
  const transport::connection_settings settings_;
  asio::io_context io_{1};
  asio::ssl::context tls_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  asio::steady_timer ticker_;
  asio::steady_timer accept_timer_;
  transport::resolver resolver_;
  std::uint16_t port_ = 0;

  // Of the thread in `run`.
  bool stopping_ = false;
  double rate_limit_mbit_ = 0;
  peer_ptr retired_;  ///< whose connection is let go of just now, for another one
  std::list<connection_ptr> unauthenticated_;                               // oldest first
  std::map<std::string, std::chrono::steady_clock::time_point> strangers_;  // told of, by address
  std::map<std::string, connection_ptr> parked_;  // authenticated, but of no peer of ours (yet)

  mutable std::mutex mutex_;
  std::map<std::string, peer_ptr> peers_;
};

}  // namespace bramble
