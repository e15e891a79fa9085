#include "actors/transport/join/server.hpp"

#include <pthread.h>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <map>
#include <utility>

#include "actors/transport/data_plane/listen.hpp"
#include "actors/transport/data_plane/without_signals.hpp"
#include "actors/transport/front/source.hpp"
#include "actors/transport/join/giver.hpp"
#include "actors/transport/join/session.hpp"
#include "actors/transport/join/tls.hpp"
#include "config/defaults.hpp"

namespace bramble {

/// Public methods but `run` and the constructor: any thread.
class join_server::core {
 public:
  core(const join_server_config& config, invitation_book book, join_handlers handlers)
      : book_{std::move(book)},
        handlers_{std::move(handlers)},
        host_{book_, handlers_, config.conversation_timeout},
        tls_{make_inviting_tls(config.keys)},
        acceptor_{transport::listen_on(io_, config.listen_address, config.port, "joining")},
        port_{acceptor_.local_endpoint().port()},
        retry_{io_},
        admission_{config.admission},
        packages_{config.packages} {}

  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return open_; }

  void run() {
    accept_next();
    io_.run();
  }

  void stop() {
    asio::post(io_, [this] {
      stopping_ = true;
      asio::error_code ignored;  // it is closed either way
      acceptor_.close(ignored);
      retry_.cancel();
      while (!sessions_.empty()) {
        const auto first = sessions_.begin()->second;
        first->close();
      }
    });
  }

 private:
  using tcp = asio::ip::tcp;
  using visitor_ptr = std::shared_ptr<join_visitor>;

  void accept_next() {
    acceptor_.async_accept([this](asio::error_code error, tcp::socket socket) {
      if (stopping_) return;
      if (!error) accept(std::move(socket));
      if (!error || error == asio::error::connection_aborted) return accept_next();
      // No descriptors, most likely: those that are open end within seconds.
      retry_.expires_after(defaults::accept_retry);
      retry_.async_wait([this](asio::error_code stopped) {
        if (!stopped) accept_next();
      });
    });
  }

  void accept(tcp::socket socket) {
    asio::error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;  // gone already
    const auto from = source_of(remote.address());
    if (!admission_.may_accept(from, admission::clock::now())) return turn_away(socket);
    const auto [ticket, crowded_out] = admission_.enter(from);
    if (crowded_out)
      if (const auto at = sessions_.find(*crowded_out); at != sessions_.end()) {
        const auto oldest = at->second;
        oldest->close();
      }
    const auto ended = [this, ticket = ticket] {
      admission_.leave(ticket);
      sessions_.erase(ticket);
      open_ = sessions_.size();
    };
    const auto converse = [this, ended, source = std::string{from.begin(), from.end()}](
                              tcp::socket with) -> visitor_ptr {
      return std::make_shared<join_session>(host_, std::move(with), tls_, source, ended);
    };
    visitor_ptr fresh;
    if (packages_.files.empty())
      fresh = converse(std::move(socket));
    else
      fresh = std::make_shared<join_doorway>(
          std::move(socket), host_.timeout, ended,
          [this, ended, converse, ticket = ticket](tcp::socket with, bool speaks_http) {
            auto next = speaks_http ? visitor_ptr{std::make_shared<package_giver>(std::move(with),
                                                                                  packages_, ended)}
                                    : converse(std::move(with));
            sessions_[ticket] = next;
            next->start();
          });
    sessions_.emplace(ticket, fresh);
    open_ = sessions_.size();
    fresh->start();
  }

  // In this order: what follows uses what is before it.
  asio::io_context io_{1};
  invitation_book book_;
  const join_handlers handlers_;
  const join_session::host host_;
  const join_channel::tls_context tls_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  asio::steady_timer retry_;
  admission admission_;
  const join_packages packages_;
  std::map<admission::ticket, visitor_ptr> sessions_;
  std::atomic<std::size_t> open_{0};
  bool stopping_ = false;
};

join_server::join_server(const join_server_config& config, invitation_book book,
                         join_handlers handlers)
    : core_{std::make_unique<core>(config, std::move(book), std::move(handlers))} {
  const transport::without_signals masked;
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "join");
    core_->run();
  }};
}

join_server::~join_server() {
  core_->stop();
  thread_.join();
}

std::uint16_t join_server::port() const {
  return core_->port();
}

std::size_t join_server::connections() const {
  return core_->connections();
}

}  // namespace bramble
