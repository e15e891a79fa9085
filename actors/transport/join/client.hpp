#pragma once

#include <openssl/evp.h>

#include <chrono>
#include <functional>
#include <string>

#include "config/base/error.hpp"
#include "config/defaults_join.hpp"
#include "discovery/invitations/join_code.hpp"

namespace bramble {

struct join_call {
  join_code code;
  std::string name;      ///< what this machine would be called
  bool insists = false;  ///< somebody chose it
  std::string version;
  std::chrono::milliseconds timeout = defaults::join_timeout;
};

/// Where the code leads is nobody who invites to its cluster: another address may be worth a try.
class nobody_invites : public user_error {
 public:
  using user_error::user_error;
};

/// What the inviting node gave.
struct join_result {
  std::string name;
  std::string certificate;  ///< PEM, and that of the authority
  std::string authority;
  std::string peers;  ///< as it came: to be read by `parse_peers`
};

/// Asks the inviting node for a certificate of `key`, of which only the public half leaves this
/// machine. The code names hosts. `keep` is called with what came, when it was proven to be of the
/// inviting node; where it throws, that node is not told that it arrived. Blocks. Throws
/// `user_error` with a sentence, `nobody_invites` where the other side is none that the code means,
/// `clock_error` where this machine's clock is wrong.
void join_shelf(const join_call& call, EVP_PKEY& key,
                const std::function<void(const join_result&)>& keep);

}  // namespace bramble
