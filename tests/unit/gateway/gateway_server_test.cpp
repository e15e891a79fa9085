#include "gateway/http/server.hpp"

#include <arpa/inet.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "config/base/files.hpp"
#include "gateway/http/listen.hpp"
#include "gateway/protocol/refusal.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::gateway;

namespace {

/// A server on a port of its own, which answers until it goes.
class running_server {
 public:
  explicit running_server(http_answerer answerer, const http_limits& limits = {})
      : stop_{::eventfd(0, 0)},
        listening_{listen_at({"127.0.0.1", 0})},
        port_{address_of_listener(listening_).port},
        server_{listening_, nullptr, std::move(answerer), limits},
        thread_{[this] { server_.run(stop_); }} {}
  ~running_server() {
    const std::uint64_t one = 1;
    const auto written = ::write(stop_, &one, sizeof one);
    thread_.join();
    // Threads of connections use the server until their clients are gone.
    while (written > 0 && server_.connections() != 0) std::this_thread::yield();
    ::close(stop_);
  }
  running_server(const running_server&) = delete;
  running_server& operator=(const running_server&) = delete;

  http_server& operator*() { return server_; }
  std::uint16_t port() const { return port_; }

 private:
  int stop_;
  int listening_;
  std::uint16_t port_;
  http_server server_;
  std::thread thread_;
};

class client {
 public:
  explicit client(running_server& of) : fd_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(of.port());
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0)
      throw std::runtime_error("no connection");
  }
  ~client() { ::close(fd_); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void send(const std::string& text) const {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const auto put = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (put <= 0) return;  // the server has closed; what it said is read below
      sent += static_cast<std::size_t>(put);
    }
  }
  void finish() const { ::shutdown(fd_, SHUT_WR); }

  /// Until there is this text, or the end.
  std::string read_until(const std::string& wanted) {
    std::array<char, 4096> block{};
    while (!contains(seen_, wanted)) {
      const auto got = ::recv(fd_, block.data(), block.size(), 0);
      if (got <= 0) break;
      seen_.append(block.data(), static_cast<std::size_t>(got));
    }
    return std::exchange(seen_, "");
  }
  std::string read_all() { return read_until("\x01 never"); }

 private:
  int fd_;
  std::string seen_;
};

/// Says what came.
http_answer echo(http_call& call) {
  const auto body = call.body();
  return {200, "text/plain",
          call.method() + " " + call.target() + " " + std::to_string(body.size()) + ":" +
              as_text(body).substr(0, 20) + "<end>"};
}

/// As the gateway's own answerer does.
http_answer refusing_echo(http_call& call) {
  try {
    return echo(call);
  } catch (const refusal& e) {
    return {e.status, "application/json", error_body(e.what())};
  }
}

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

std::string post(const std::string& headers, const std::string& body = "") {
  return "POST /x HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}

}  // namespace

TEST_CASE("requests follow each other on one connection") {
  running_server server{refusing_echo};
  client one{server};
  for (int i = 0; i < 20; ++i) {
    one.send(get("/" + std::to_string(i)));
    CHECK(contains(one.read_until("<end>"), "HTTP/1.1 200 OK"));
  }
  // Several that were sent at once, bodies between them.
  one.send(get("/a") + post("Content-Length: 3\r\n", "abc") + get("/b", "Connection: close\r\n"));
  const auto said = one.read_all();
  CHECK(contains(said, "GET /a 0:<end>"));
  CHECK(contains(said, "POST /x 3:abc<end>"));
  CHECK(contains(said, "GET /b 0:<end>"));
}

TEST_CASE("bodies come with their length or in chunks") {
  running_server server{refusing_echo};
  client one{server};
  one.send(post("Transfer-Encoding: chunked\r\n",
                "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"));
  CHECK(contains(one.read_until("<end>"), "POST /x 13:abc0123456789<end>"));
  // One whose sender asks first, as curl does.
  one.send(post("Expect: 100-continue\r\nContent-Length: 3\r\n"));
  CHECK(contains(one.read_until("\r\n\r\n"), "HTTP/1.1 100 "));
  one.send("abc");
  CHECK(contains(one.read_until("<end>"), "POST /x 3:abc<end>"));
  // A large one, which takes many reads.
  one.send(post("Content-Length: 3000000\r\n", std::string(3'000'000, 'z')));
  CHECK(contains(one.read_until("<end>"), "POST /x 3000000:zzz"));
}

TEST_CASE("a body that nobody may send is not read, and the next request is not taken from it") {
  std::atomic<int> answered = 0;
  running_server server{[&](http_call&) {
    ++answered;
    return http_answer{401, "application/json", error_body("no")};
  }};
  client one{server};
  one.send(post("Content-Length: 30\r\n", get("/hidden")));
  const auto said = one.read_all();
  CHECK(contains(said, "401"));
  CHECK(contains(said, "Connection: close"));
  CHECK(answered == 1);
}

TEST_CASE("requests that could be read in two ways are refused") {
  running_server server{refusing_echo};
  const auto status = [&](const std::string& request) {
    client one{server};
    one.send(request);
    const auto said = one.read_all();
    return said.substr(0, said.find("\r\n"));
  };
  CHECK(contains(status(post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd")), " 400 "));
  CHECK(contains(status(post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
                 " 400 "));
  CHECK(contains(status(post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")), " 501 "));
  CHECK(contains(status(post("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x")), " 415 "));
  CHECK(contains(status(post("Content-Length: x\r\n")), " 400 "));
  CHECK(contains(status(post("Content-Length: -1\r\n")), " 400 "));
  CHECK(contains(status(post("Content-Length: 99999999999999999999\r\n")), " 413 "));
  CHECK(contains(status(post("Content-Length: 999999999999\r\n")), " 413 "));
  CHECK(contains(status(post("Transfer-Encoding: chunked\r\n", "fffffffff\r\n")), " 413 "));
  CHECK(contains(status(post("Transfer-Encoding: chunked\r\n", "zz\r\n")), " 400 "));
  CHECK(contains(status(post("Transfer-Encoding: chunked\r\n", "1\r\nabc\r\n")), " 400 "));
  CHECK(contains(status(get("/x", "Range: bytes=0-1\r\n")), " 400 "));
  CHECK(contains(status(get("/" + std::string(2'000, 'x'))), " 414 "));
}

TEST_CASE("a head has its bounds") {
  running_server server{refusing_echo};
  client one{server};
  one.send("GET / HTTP/1.1\r\n");
  std::string headers;
  for (int i = 0; i < 4; ++i) headers += "X: " + std::string(6'000, 'y') + "\r\n";
  one.send(headers);
  CHECK(contains(one.read_all(), "HTTP/1.1 431 "));
  for (const auto* damaged : {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                              "\x16\x03\x01 hello\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n"}) {
    client other{server};
    other.send(damaged);
    other.finish();
    const auto said = other.read_all();
    INFO(damaged << " is told " << said);
    CHECK((contains(said, "HTTP/1.1 400 ") || contains(said, "GET / 0:<end>")));
    CHECK(said.find("HTTP/1.1") == said.rfind("HTTP/1.1"));
  }
}

TEST_CASE("slow clients are told so and let go") {
  http_limits limits;
  limits.head = std::chrono::milliseconds{30};
  limits.idle = std::chrono::milliseconds{30};
  limits.transfer = std::chrono::milliseconds{30};
  running_server server{refusing_echo, limits};
  client head{server};
  head.send("GET / HTT");
  CHECK(contains(head.read_all(), "HTTP/1.1 408 "));
  client body{server};
  body.send(post("Content-Length: 10\r\n", "abc"));
  CHECK(contains(body.read_all(), "HTTP/1.1 408 "));
  client silent{server};
  CHECK(silent.read_all().empty());
}

TEST_CASE("more connections than there may be are told to try again") {
  http_limits limits;
  limits.connections_of_one = 2;
  running_server server{refusing_echo, limits};
  client one{server}, two{server};
  one.send(get("/1"));
  two.send(get("/2"));
  CHECK(contains(one.read_until("<end>"), "GET /1"));
  CHECK(contains(two.read_until("<end>"), "GET /2"));
  client three{server};
  const auto said = three.read_all();
  CHECK(contains(said, "HTTP/1.1 503 "));
  CHECK(contains(said, "Retry-After: 1"));
  CHECK((*server).turned_away() == 1);
  one.send(get("/again"));
  CHECK(contains(one.read_until("<end>"), "GET /again"));
}

TEST_CASE("whoever asks sees it when its client goes") {
  std::promise<void> began;
  std::promise<bool> gone;
  running_server server{[&](http_call& call) {
    began.set_value();
    while (!call.is_abandoned()) std::this_thread::yield();
    gone.set_value(true);
    return http_answer{499, "application/json", error_body("gone")};
  }};
  {
    client one{server};
    one.send(get("/x"));
    began.get_future().wait();
  }
  CHECK(gone.get_future().get());
}

namespace {

/// Says when nobody holds it any more.
struct last_word {
  std::promise<void>& said;
  explicit last_word(std::promise<void>& to) : said{to} {}
  last_word(const last_word&) = delete;
  last_word& operator=(const last_word&) = delete;
  ~last_word() { said.set_value(); }
};

}  // namespace

TEST_CASE("an answer without an end goes on until it ends or nobody listens") {
  std::promise<void> given_up;
  running_server server{[&](http_call& call) {
    http_answer out;
    out.type = "text/event-stream";
    const auto count = std::make_shared<int>(0);
    const bool ends = call.target() == "/ends";
    // Whether the stream sees it first that its client has gone, or the answer does.
    const auto word = ends ? nullptr : std::make_shared<last_word>(given_up);
    out.follow = [count, ends, word](std::string& piece, const http_call& at) {
      if ((ends && *count == 3) || at.is_abandoned()) return false;
      piece = "data: " + std::to_string(++*count) + "\n\n";
      return true;
    };
    return out;
  }};
  client one{server};
  one.send(get("/ends"));
  const auto said = one.read_all();
  CHECK(contains(said, "text/event-stream"));
  CHECK(contains(said, "data: 3\n\n"));
  CHECK(contains(said, "data: 4") == false);
  {
    client leaves{server};
    leaves.send(get("/forever"));
    CHECK(contains(leaves.read_until("data: 2\n"), "data: 1"));
  }
  given_up.get_future().wait();
}
