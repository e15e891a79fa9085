#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "discovery/invitations/join_code.hpp"
#include "discovery/invitations/try_budget.hpp"

namespace bramble {

/// What somebody on this machine promised to whoever shows the code.
struct invitation {
  join_secret secret{};
  std::string name;      ///< the node's; empty: what it is called itself
  bool replace = false;  ///< even if another machine has keys of that name
  std::size_t uses = 1;  ///< so many machines
  std::chrono::steady_clock::time_point until;
};

/// A machine that knocks.
struct join_attempt {
  std::string source;  ///< address, or network of one
  std::string key;     ///< fingerprint of the public key that it wants certified
  std::string name;    ///< that it would have
  bool insists = false;
  /// Whether it proved to know this secret.
  std::function<bool(const join_secret&)> proves;
};

using invitation_number = std::uint64_t;

/// It may have a certificate for its key and this name.
struct join_granted {
  invitation_number which = 0;
  std::string name;
  bool replace = false;  ///< that name may have keys already
};

struct join_refused {
  std::string why;      ///< a sentence, for both sides
  bool proved = false;  ///< it knew a code, which is over or is for another name
};

using join_verdict = std::variant<join_granted, join_refused>;

/// The open invitations of one node, and who may come in by them. No sockets, no keys, no clock:
/// the caller tells what happens and when.
///
/// What holds after every call:
/// - of one invitation no more different keys were granted than it has uses, those given back left
///   out, and none after its end;
/// - whoever proves no secret is granted nothing, and after some tries is not looked at for a
/// while;
/// - nothing that strangers do makes it grow without a limit.
class invitation_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Throws `user_error` where there are too many, or one that makes no sense.
  invitation_number open(const invitation& what, time_point now);
  void withdraw(invitation_number which);

  /// A use is taken with the verdict. The same key may come again while the invitation lasts, for
  /// the same name and without another use: its answer may have been lost.
  join_verdict judge(const join_attempt& who, time_point now);
  /// No certificate could be made for it.
  void give_back(invitation_number which, const std::string& key);
  /// It has what it came for; from now on its key cannot come again.
  void settle(invitation_number which, const std::string& key);

  /// Whether somebody may still come.
  bool is_open(time_point now) const;
  /// Machines that may still come by this one.
  std::size_t uses_left(invitation_number which) const;

 private:
  struct guest {
    std::string name;
    bool settled = false;
  };
  struct entry {
    invitation_number number = 0;
    invitation what;
    bool withdrawn = false;
    std::map<std::string, guest> guests;  ///< by key; at most `what.uses`
  };

  entry* find(invitation_number which);
  const entry* find(invitation_number which) const;
  entry* proven_by(const join_attempt& who);
  static join_verdict admit(entry& to, const join_attempt& who);

  std::deque<entry> entries_;  ///< at most defaults::invitations_most
  try_budget tries_;
  invitation_number last_ = 0;
};

}  // namespace bramble
