#include "gateway/http/server.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>

#include "config/defaults.hpp"
#include "config/defaults_gateway.hpp"
#include "gateway/http/body_reader.hpp"
#include "gateway/http/connection.hpp"
#include "gateway/protocol/refusal.hpp"

namespace bramble::gateway {
namespace {

/// The connection that this thread answers: httplib does not pass it to handlers.
thread_local connection* current = nullptr;

class engine_call : public http_call {
 public:
  engine_call(const httplib::Request& request, connection& from, body_budget& budget)
      : request_{request}, from_{from}, reader_{budget} {}

  const std::string& method() const override { return request_.method; }
  const std::string& target() const override { return request_.target; }
  std::string header(const std::string& name) const override {
    return request_.get_header_value(name);
  }
  byte_span body() override {
    if (!is_read_)
      body_ = reader_.read(from_, header("Content-Length"), header("Transfer-Encoding"));
    is_read_ = true;
    return body_;
  }
  bool is_abandoned() const override { return from_.is_abandoned(); }

  /// A body that nobody read to its end would be taken for the next request.
  bool leaves_a_body() const {
    return !is_read_ && announces_body(header("Content-Length"), header("Transfer-Encoding"));
  }

 private:
  const httplib::Request& request_;
  connection& from_;
  body_reader reader_;
  byte_span body_;
  bool is_read_ = false;
};

/// What makes a request ambiguous, or is nothing that is served here.
void check_head(const httplib::Request& request) {
  if (request.target.size() > defaults::gateway_target_bytes_most)
    throw refusal(414, "The path is longer than any there is.");
  if (request.get_header_value_count("Content-Length") > 1 ||
      request.get_header_value_count("Transfer-Encoding") > 1 ||
      request.get_header_value_count("Host") > 1 ||
      (request.has_header("Content-Length") && request.has_header("Transfer-Encoding")))
    throw refusal(400, "The request says twice how long it is, or whom it is for.");
  const auto encoding = request.get_header_value("Transfer-Encoding");
  if (!encoding.empty() && encoding != "chunked")
    throw refusal(501, "The only transfer encoding that is read is chunked.");
  const auto packed = request.get_header_value("Content-Encoding");
  if (!packed.empty() && packed != "identity")
    throw refusal(415, "Send the body as it is: compressed ones are not read.");
  if (request.has_header("Range")) throw refusal(400, "There are no parts of these answers.");
}

void put(const http_answer& answer, httplib::Response& out) {
  out.status = answer.status;
  for (const auto& [name, value] : answer.headers) out.set_header(name, value);
}

/// Past httplib, for whoever it does not talk to.
std::string bare_answer(int status, const std::string& sentence) {
  const auto* reason = status == 400   ? "Bad Request"
                       : status == 408 ? "Request Timeout"
                       : status == 431 ? "Request Header Fields Too Large"
                                       : "Service Unavailable";
  const auto body = error_body(sentence);
  return "HTTP/1.1 " + std::to_string(status) + " " + reason +
         "\r\nContent-Type: application/json\r\nConnection: close\r\nRetry-After: " +
         retry_after_text(defaults::gateway_try_again) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

struct http_server::engine : httplib::Server {
  http_answerer answerer;
  body_budget budget;

  explicit engine(http_answerer by) : answerer{std::move(by)} {
    set_keep_alive_max_count(std::size_t{1} << 20);
    set_keep_alive_timeout(defaults::gateway_idle_timeout.count());
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
      return HandlerResponse::Handled;
    });
  }

  /// httplib takes this for its own listening socket: while it is there, answers go on.
  void begin(int listening) { svr_sock_ = listening; }
  void end() { svr_sock_ = INVALID_SOCKET; }

  void answer(const httplib::Request& request, httplib::Response& response) {
    auto& from = *current;
    from.head_is_read();
    const auto call = std::make_shared<engine_call>(request, from, budget);
    http_answer out;
    try {
      // Where it is unclear what is one request, nothing more is read.
      from.close_afterwards(true);
      check_head(request);
      from.close_afterwards(false);
      out = answerer(*call);
    } catch (const refusal& e) {
      out = {e.status, "application/json", error_body(e.what())};
    }
    if (call->leaves_a_body()) from.close_afterwards(true);
    put(out, response);
    if (from.closes()) response.set_header("Connection", "close");
    if (!out.follow) {
      response.set_header("Content-Type", out.type);
      response.body = std::move(out.content);
      return;
    }
    from.close_afterwards(true);
    const std::shared_ptr<const http_call> kept = call;
    response.set_chunked_content_provider(
        out.type, [kept, follow = out.follow](std::size_t, httplib::DataSink& sink) {
          // Nothing above this one takes what is thrown.
          try {
            std::string piece;
            if (follow(piece, *kept)) return sink.write(piece.data(), piece.size());
            sink.done();
            return true;
          } catch (const std::exception&) {
            return false;
          }
        });
  }

  /// Versions of httplib differ in what they want to be told of the peer.
  template <class Stream>
  bool answer_one(Stream& stream, bool& closed) {
    const std::string nobody;
    if constexpr (requires {
                    this->process_request(stream, nobody, 0, nobody, 0, false, closed, nullptr);
                  })
      return this->process_request(stream, nobody, 0, nobody, 0, false, closed, nullptr);
    else
      return this->process_request(stream, false, closed, nullptr);
  }
};

http_server::http_server(int listening, std::shared_ptr<tls_identity> tls, http_answerer answerer,
                         const http_limits& limits)
    : limits_{limits},
      tls_{std::move(tls)},
      engine_{std::make_unique<engine>(std::move(answerer))},
      listening_{listening} {
  engine_->begin(listening_);
}

http_server::~http_server() {
  ::close(listening_);
}

/// While a request is answered.
class http_server::busy_guard {
 public:
  explicit busy_guard(http_server& of) : of_{of} {
    const std::lock_guard lock{of_.mutex_};
    ++of_.busy_;
  }
  ~busy_guard() {
    const std::lock_guard lock{of_.mutex_};
    if (--of_.busy_ == 0) of_.changed_.notify_all();
  }
  busy_guard(const busy_guard&) = delete;
  busy_guard& operator=(const busy_guard&) = delete;

 private:
  http_server& of_;
};

std::size_t http_server::connections() const {
  const std::lock_guard lock{mutex_};
  return open_;
}

bool http_server::admit(const std::string& peer) {
  const std::lock_guard lock{mutex_};
  auto& of_peer = by_peer_[peer];
  if (open_ >= limits_.connections || of_peer >= limits_.connections_of_one) {
    if (of_peer == 0) by_peer_.erase(peer);
    return false;
  }
  ++of_peer;
  ++open_;
  return true;
}

void http_server::leave(const std::string& peer) {
  const std::lock_guard lock{mutex_};
  --open_;
  if (--by_peer_[peer] == 0) by_peer_.erase(peer);
  changed_.notify_all();
}

void http_server::serve(connection& from) {
  current = &from;
  if (!from.shake_hands()) return;
  bool closed = false;
  while (!closed && !from.closes() && from.await_request(limits_.idle)) {
    from.begin_request();
    const busy_guard busy{*this};
    const bool answered = engine_->answer_one(from, closed);
    if (answered && !from.is_in_head()) continue;
    if (!from.is_in_head() || from.trouble() == 0) return;
    // httplib gave up in the middle of a head.
    const auto why = from.trouble();
    from.head_is_read();
    const auto text =
        bare_answer(why, why == 400 ? "The request has no head that could be read."
                                    : "The head of the request is too large or too slow.");
    if (from.write(text.data(), text.size()) > 0) from.linger();
    return;
  }
  if (from.closes()) from.linger();
}

void http_server::accept_one() {
  sockaddr_storage who{};
  socklen_t size = sizeof who;
  const int fd =
      ::accept4(listening_, reinterpret_cast<sockaddr*>(&who), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    // Out of descriptors: those there are have to end first.
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      std::this_thread::sleep_for(defaults::accept_retry);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::array<char, NI_MAXHOST> host{};
  ::getnameinfo(reinterpret_cast<sockaddr*>(&who), size, host.data(), host.size(), nullptr, 0,
                NI_NUMERICHOST);
  const std::string peer{host.data()};
  if (!admit(peer)) {
    ++turned_away_;
    if (!tls_) {
      const auto text = bare_answer(503, "Too many connections; try again soon.");
      // What does not fit into the kernel's buffer of a new connection is not waited for.
      if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) > 0) ::shutdown(fd, SHUT_WR);
    }
    ::close(fd);
    return;
  }
  try {
    std::thread{[this, fd, peer] {
      const auto tls = tls_ ? tls_->now() : nullptr;
      connection from{fd, peer, tls.get(), limits_};
      serve(from);
      leave(peer);  // the last that is done with this server
    }}.detach();
  } catch (const std::system_error&) {  // out of threads: like out of connections
    ++turned_away_;
    leave(peer);
    ::close(fd);
  }
}

void http_server::run(int stop) {
  while (true) {
    std::array<pollfd, 2> waits{{{listening_, POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) break;
    if (waits[1].revents != 0) break;
    if (waits[0].revents != 0) accept_one();
  }
  engine_->end();
  // What is being answered goes out; those who follow the shelf have no end of their own.
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, defaults::gateway_end_patience, [&] { return busy_ == 0; });
}

}  // namespace bramble::gateway
