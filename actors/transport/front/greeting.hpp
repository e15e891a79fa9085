#pragma once

#include <array>
#include <cstdint>

namespace bramble {

/// What the accepting side says first inside TLS, once it has seen the certificate.
using greeting = std::array<std::uint8_t, 8>;
inline constexpr greeting greeting_welcome{'b', 'r', 'a', 'm', 'b', 'l', 'e', '1'};
/// Too many connections with this certificate.
inline constexpr greeting greeting_full{'b', 'r', 'a', 'm', 'b', 'l', 'e', '0'};

}  // namespace bramble
