#include "config/base/hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>

namespace bramble {
namespace {

using digest = std::array<std::uint8_t, 32>;

class sha256_stream {
 public:
  sha256_stream() : context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free} {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
      throw std::runtime_error("OpenSSL offers no SHA-256");
  }

  void add(const void* data, std::size_t size) {
    if (EVP_DigestUpdate(context_.get(), data, size) != 1)
      throw std::runtime_error("SHA-256 failed");
  }

  digest finish() {
    digest out{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), out.data(), &size) != 1)
      throw std::runtime_error("SHA-256 failed");
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string to_hex(const digest& bytes) {
  static const char* digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (auto byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

digest hash(byte_span bytes) {
  sha256_stream stream;
  stream.add(bytes.data(), bytes.size());
  return stream.finish();
}

}  // namespace

std::string sha256_hex(byte_span bytes) {
  return to_hex(hash(bytes));
}

std::string sha256_hex_of_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) throw user_error(path + ": the file cannot be read.");
  sha256_stream stream;
  std::vector<char> block(1U << 16);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0)
    stream.add(block.data(), static_cast<std::size_t>(in.gcount()));
  return to_hex(stream.finish());
}

std::uint64_t sha256_prefix(byte_span bytes) {
  const auto full = hash(bytes);
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | full[static_cast<std::size_t>(i)];
  return out;
}

}  // namespace bramble
