#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace bramble {

/// What CAF calls a node id: a process, and the machine it runs on. Bramble puts the certified name
/// in place of the machine, so that nobody can take the id of a node whose key he does not hold:
/// the front refuses a peer whose id does not follow from the name in its certificate.
struct process_identity {
  std::uint32_t process = 0;  ///< by chance; a node that starts again is another one. Never 0
  std::array<std::uint8_t, 20> host{};

  friend bool operator==(const process_identity&, const process_identity&) = default;
};

/// The same for one name on every machine: the first bytes of a hash of it.
std::array<std::uint8_t, 20> host_of_name(const std::string& name);

/// That of a new process of the node `name`.
process_identity make_identity(const std::string& name);

}  // namespace bramble
