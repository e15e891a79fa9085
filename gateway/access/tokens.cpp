#include "gateway/access/tokens.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "config/base/error.hpp"
#include "config/base/file_lock.hpp"
#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/certificates.hpp"
#include "config/parse.hpp"

namespace bramble::gateway {
namespace {

constexpr unsigned owner_only = 0600;
constexpr std::size_t token_file_bytes_most = 1U << 20;
constexpr std::size_t name_longest = 40;
/// So that a token that got into a log or a repository can be found there.
constexpr std::string_view prefix = "bramble-";

const char* word_of(access_level level) {
  return level == access_level::write ? "write" : "read";
}

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

kept_token read_line(const std::string& line, const std::string& where) {
  std::istringstream in{line};
  kept_token out;
  std::string level, more;
  in >> out.hash >> level >> out.name >> out.day;
  if (!is_digest(out.hash) || (level != "read" && level != "write") || out.name.empty() ||
      (in >> more))
    throw user_error(where + " is no token of the gateway: hash, read or write, name, day.");
  out.level = level == "write" ? access_level::write : access_level::read;
  return out;
}

void write_tokens(const std::filesystem::path& file, const std::vector<kept_token>& tokens) {
  std::string text =
      "# Tokens of `bramble gateway`, by their SHA-256. Made by `bramble gateway token`.\n";
  for (const auto& each : tokens)
    text += each.hash + " " + word_of(each.level) + " " + each.name + " " + each.day + "\n";
  write_file_atomically(file, as_bytes(text), owner_only);
}

/// Those who change the file, one after the other; it is replaced, so the lock has a name of its
/// own.
file_lock lock_beside(const std::filesystem::path& file) {
  return file_lock::take(file.string() + ".lock", file_lock::mode::exclusive);
}

std::string random_token() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("OpenSSL gave no random numbers");
  static constexpr const char* digits = "0123456789abcdef";
  std::string out{prefix};
  for (const auto byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

}  // namespace

std::string make_token(const std::filesystem::path& file, const std::string& name,
                       access_level level) {
  check_name(name, name_longest, "The name of a token");
  const auto lock = lock_beside(file);
  auto tokens = read_tokens(file);
  if (std::ranges::find(tokens, name, &kept_token::name) != tokens.end())
    throw user_error("There is a token called " + name + "; `bramble gateway token --forget " +
                     name + "` takes it back.");
  auto token = random_token();
  tokens.push_back(
      {name, level, sha256_hex(as_bytes(token)), format_date(std::chrono::system_clock::now())});
  write_tokens(file, tokens);
  return token;
}

void forget_token(const std::filesystem::path& file, const std::string& name) {
  const auto lock = lock_beside(file);
  auto tokens = read_tokens(file);
  const auto before = tokens.size();
  std::erase_if(tokens, [&](const kept_token& each) { return each.name == name; });
  if (tokens.size() == before)
    throw user_error("There is no token called " + printable(name) +
                     "; `bramble gateway token --list` shows all.");
  write_tokens(file, tokens);
}

std::vector<kept_token> read_tokens(const std::filesystem::path& file) {
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return {};
  std::istringstream lines{as_text(read_file(file, token_file_bytes_most))};
  std::vector<kept_token> out;
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number)
    if (!line.empty() && line.front() != '#')
      out.push_back(read_line(line, file.string() + ", line " + std::to_string(number)));
  return out;
}

void token_book::look() {
  struct stat is {};
  if (::stat(file_.c_str(), &is) != 0) {
    tokens_.clear();
    seen_.reset();
    return;
  }
  std::vector<std::int64_t> now{is.st_mtim.tv_sec, is.st_mtim.tv_nsec,
                                static_cast<std::int64_t>(is.st_size),
                                static_cast<std::int64_t>(is.st_ino)};
  if (seen_ == now) return;
  tokens_ = read_tokens(file_);
  seen_ = std::move(now);
}

access_level token_book::level_of(std::string_view token) {
  const auto hash = sha256_hex(as_bytes(std::string{token}));
  const std::lock_guard lock{mutex_};
  look();
  auto out = access_level::none;
  for (const auto& each : tokens_)
    if (CRYPTO_memcmp(each.hash.data(), hash.data(), hash.size()) == 0) out = each.level;
  return token.empty() ? access_level::none : out;
}

bool token_book::empty() {
  const std::lock_guard lock{mutex_};
  look();
  return tokens_.empty();
}

std::string bearer_token(std::string_view header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() <= scheme.size()) return {};
  for (std::size_t i = 0; i < scheme.size(); ++i)
    if ((header[i] | 0x20) != scheme[i]) return {};
  const auto first = header.find_first_not_of(' ', scheme.size());
  if (first == std::string_view::npos) return {};
  const auto last = header.find_last_not_of(' ');
  return std::string{header.substr(first, last - first + 1)};
}

}  // namespace bramble::gateway
