#include "actors/transport/data_plane/resolve.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <asio/ip/address.hpp>
#include <asio/post.hpp>
#include <cstring>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace bramble::transport {

using endpoints = std::vector<asio::ip::tcp::endpoint>;

/// Shared with the asking threads, which know their question only by its number: what an answer
/// holds lives and ends on the resolver's side.
struct resolver::mailbox {
  std::mutex mutex;
  asio::io_context* to = nullptr;  // null once the resolver is gone
  std::map<std::uint64_t, answer> waiting;
  std::uint64_t asked = 0;

  void give(std::uint64_t question, const endpoints& places, const std::string& error) {
    answer then;
    {
      const std::lock_guard lock{mutex};
      auto node = waiting.extract(question);
      if (node.empty()) return;
      then = std::move(node.mapped());
    }
    then(places, error);
  }
};

namespace {

endpoints ask(const std::string& host, std::uint16_t port, std::string& error) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  if (code != 0) {
    error = ::gai_strerror(code);
    return {};
  }
  endpoints places;
  for (const auto* each = found; each != nullptr; each = each->ai_next) {
    asio::ip::tcp::endpoint place;
    if (each->ai_addrlen > place.capacity()) continue;
    place.resize(each->ai_addrlen);
    std::memcpy(place.data(), each->ai_addr, each->ai_addrlen);
    place.port(port);
    places.push_back(place);
  }
  ::freeaddrinfo(found);
  return places;
}

}  // namespace

resolver::resolver(asio::io_context& io) : mailbox_{std::make_shared<mailbox>()}, io_{io} {
  mailbox_->to = &io;
}

resolver::~resolver() {
  const std::lock_guard lock{mailbox_->mutex};
  mailbox_->to = nullptr;
  mailbox_->waiting.clear();
}

void resolver::resolve(const std::string& host, std::uint16_t port, answer then) {
  // This name means this machine whatever the house's name service is (RFC 6761); and getaddrinfo
  // hides 127.0.0.1 where no card has an address of that family.
  if (host == "localhost") {
    asio::post(io_, [port, then = std::move(then)] {
      then({{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}},
           {});
    });
    return;
  }
  asio::error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  if (!no_address) {
    asio::post(io_, [place = asio::ip::tcp::endpoint{address, port}, then = std::move(then)] {
      then({place}, {});
    });
    return;
  }
  std::uint64_t question = 0;
  {
    const std::lock_guard lock{mailbox_->mutex};
    question = ++mailbox_->asked;
    mailbox_->waiting.emplace(question, std::move(then));
  }
  try {
    std::thread{[host, port, question, box = mailbox_] {
      std::string error;
      const auto places = ask(host, port, error);
      const std::lock_guard lock{box->mutex};
      if (box->to == nullptr) return;
      asio::post(*box->to, [=] { box->give(question, places, error); });
    }}.detach();
  } catch (const std::system_error& e) {
    asio::post(io_, [box = mailbox_, question, why = std::string{e.what()}] {
      box->give(question, {}, why);
    });
  }
}

}  // namespace bramble::transport
