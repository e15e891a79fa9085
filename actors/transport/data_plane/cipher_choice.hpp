#pragma once

#include <string>

namespace bramble::transport {

/// How fast this machine encrypts, in 1e6 bytes a second; 0: its OpenSSL has not that cipher.
struct cipher_speeds {
  double aes_128_gcm = 0;
  double chacha20_poly1305 = 0;
};

/// Whether this machine would rather use ChaCha20 than AES. A Pi 4 has no AES instructions:
/// ChaCha20 takes it a sixth of the time. Of two that are about as fast it is AES, so that chance
/// decides on no machine.
bool prefers_chacha20(const cipher_speeds& speeds);

/// For OpenSSL: the names of both, the preferred one first.
std::string cipher_suites(const cipher_speeds& speeds);

/// Measured when it is first asked for: 20 ms of a Pi 4, less than one of anything with AES.
const cipher_speeds& own_cipher_speeds();

}  // namespace bramble::transport
