#include "actors/transport/front/identity.hpp"

#include <random>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"

namespace bramble {

std::array<std::uint8_t, 20> host_of_name(const std::string& name) {
  const auto digits = sha256_hex(as_bytes("bramble node " + name));
  std::array<std::uint8_t, 20> host{};
  for (std::size_t i = 0; i < host.size(); ++i)
    host[i] = static_cast<std::uint8_t>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
  return host;
}

process_identity make_identity(const std::string& name) {
  std::random_device chance;
  process_identity out{static_cast<std::uint32_t>(chance()), host_of_name(name)};
  if (out.process == 0) out.process = 1;
  return out;
}

}  // namespace bramble
