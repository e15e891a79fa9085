#include "actors/transport/data_plane/cipher_choice.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <vector>

#include "config/defaults_cipher.hpp"

namespace bramble::transport {
namespace {

/// TLS 1.3's records have at most so much content.
constexpr int record_bytes = 1 << 14;

using steady = std::chrono::steady_clock;
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

bool seal(EVP_CIPHER_CTX* context, const std::vector<std::uint8_t>& content,
          std::vector<std::uint8_t>& record) {
  std::array<std::uint8_t, 12> nonce{};
  std::array<std::uint8_t, 16> tag{};
  int made = 0, more = 0;
  return EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
         EVP_EncryptUpdate(context, record.data(), &made, content.data(), record_bytes) == 1 &&
         EVP_EncryptFinal_ex(context, record.data() + made, &more) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag.size(), tag.data()) == 1;
}

/// The fastest record of some: whatever else the machine does makes them only slower.
double measure_cipher(const EVP_CIPHER* cipher) {
  const cipher_context context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  const std::array<std::uint8_t, 32> key{};
  const std::vector<std::uint8_t> content(record_bytes);
  std::vector<std::uint8_t> record(record_bytes + EVP_MAX_BLOCK_LENGTH);
  bool works = cipher != nullptr && context &&
               EVP_EncryptInit_ex(context.get(), cipher, nullptr, key.data(), nullptr) == 1;
  auto shortest = steady::duration::max();
  for (int i = 0; works && i < defaults::cipher_records; ++i) {
    const auto began = steady::now();
    works = seal(context.get(), content, record);
    shortest = std::min(shortest, steady::now() - began);
  }
  ERR_clear_error();
  if (!works) return 0;
  const std::chrono::duration<double, std::micro> time = shortest;
  return record_bytes / std::max(time.count(), 1e-3);
}

}  // namespace

bool prefers_chacha20(const cipher_speeds& speeds) {
  return speeds.chacha20_poly1305 > defaults::cipher_margin * speeds.aes_128_gcm;
}

std::string cipher_suites(const cipher_speeds& speeds) {
  const std::string aes = "TLS_AES_128_GCM_SHA256", chacha = "TLS_CHACHA20_POLY1305_SHA256";
  return prefers_chacha20(speeds) ? chacha + ":" + aes : aes + ":" + chacha;
}

const cipher_speeds& own_cipher_speeds() {
  static const cipher_speeds speeds{measure_cipher(EVP_aes_128_gcm()),
                                    measure_cipher(EVP_chacha20_poly1305())};
  return speeds;
}

}  // namespace bramble::transport
