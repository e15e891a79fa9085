#pragma once

/// How a node finds out which cipher it is faster with.
namespace bramble::defaults {

/// Each node measures both ciphers when it starts by so many records of 16 kB: the shortest counts.
/// ChaCha20 has to be faster than AES by this factor to be preferred.
inline constexpr int cipher_records = 20;
inline constexpr double cipher_margin = 1.1;

}  // namespace bramble::defaults
