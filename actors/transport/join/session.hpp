#pragma once

#include <optional>

#include "actors/transport/join/channel.hpp"
#include "actors/transport/join/server.hpp"

namespace bramble {

/// A connection of the join port, whatever it is for.
class join_visitor {
 public:
  virtual ~join_visitor() = default;
  virtual void start() = 0;
  /// Idempotent.
  virtual void close() = 0;
};

/// One conversation of the inviting side: TLS, a request, the verdict of the book, an answer, and
/// the word that it arrived.
class join_session final : public join_visitor, public std::enable_shared_from_this<join_session> {
 public:
  /// What belongs to all conversations; outlives them.
  struct host {
    invitation_book& book;
    const join_handlers& handlers;
    std::chrono::milliseconds timeout;
  };

  join_session(const host& owner, asio::ip::tcp::socket socket, join_channel::tls_context tls,
               std::string source, std::function<void()> ended);

  void start() override;
  void close() override;

 private:
  void hear(const byte_vector& frame);
  join_answer answer_to(const join_request& request);
  join_answer certify(const join_granted& granted, const join_request& request, EVP_PKEY& key);
  void say(const join_answer& answer);
  void hear_thanks();
  void tell(join_news::kind_t kind, const std::string& text);
  void give_up(const std::string& why);

  const host owner_;
  const std::shared_ptr<join_channel> channel_;
  const std::string source_;
  std::function<void()> ended_;
  join_secret secret_{};  ///< that the other side proved
  std::string name_;
  std::string key_;
  std::optional<invitation_number> granted_;
};

}  // namespace bramble
