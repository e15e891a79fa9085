#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "actors/transport/front/admission.hpp"
#include "config/defaults_join.hpp"
#include "config/keys.hpp"
#include "discovery/invitations/invitation_book.hpp"
#include "discovery/invitations/join_messages.hpp"

namespace bramble {

/// Who is about to be a node, as the inviting side sees it.
struct join_guest {
  std::string name;  ///< that it gets
  bool replace = false;
  std::string remote;   ///< its address
  std::string local;    ///< the address at which it reached us
  std::string version;  ///< of its program
};

/// Something for the log of the inviting node.
struct join_news {
  enum class kind_t : std::uint8_t {
    joined,   ///< it has its certificate
    lost,     ///< it was given one, and whether that arrived is not known: it may come again
    refused,  ///< it knew the code, or some code; `text` says why not
    stranger  ///< no machine that wants to join, by what it sent or did not send
  } kind = kind_t::joined;
  std::string name;  ///< of the node; of others what they would be called, or nothing
  std::string remote;
  std::string text;
};

/// What is given to machines that have no program yet; giver.hpp.
struct join_packages {
  std::string list;                                    ///< as config/packages.hpp writes it
  std::map<std::string, std::filesystem::path> files;  ///< by architecture; empty: nothing is given
};

struct join_server_config {
  explicit join_server_config(const key_paths& keys) : keys{keys} {}

  key_paths keys;
  std::string listen_address = "0.0.0.0";
  std::uint16_t port = defaults::join_port;  ///< 0: any free one
  admission_limits admission{.unauthenticated = defaults::join_connections_most,
                             .unauthenticated_per_source = defaults::join_connections_per_source,
                             .accepts_per_second = defaults::join_accepts_per_second,
                             .accepts_at_once = defaults::join_accepts_at_once,
                             .sources = defaults::join_sources_most};
  join_packages packages;
  std::chrono::milliseconds conversation_timeout = defaults::join_conversation_timeout;
};

/// What it asks and tells the one who made it, on its thread.
struct join_handlers {
  /// Makes the certificate and says where the shelf is; throws `user_error` where it cannot, and
  /// the sentence is told the other side.
  std::function<join_answer(const join_guest&, EVP_PKEY& key)> certify;
  std::function<void(const join_news&)> tell;
};

/// The join port: open as long as this object lives. One thread; methods from any thread.
class join_server {
 public:
  /// Listens at once. Throws `user_error` where that is not possible.
  join_server(const join_server_config& config, invitation_book book, join_handlers handlers);
  join_server(const join_server&) = delete;
  join_server& operator=(const join_server&) = delete;
  /// Ends all conversations.
  ~join_server();

  std::uint16_t port() const;
  /// Connections that have not ended, for tests.
  std::size_t connections() const;

 private:
  class core;
  std::unique_ptr<core> core_;
  std::thread thread_;
};

}  // namespace bramble
