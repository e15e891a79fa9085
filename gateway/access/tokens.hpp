#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bramble::gateway {

/// What somebody who shows a token may do.
enum class access_level : std::uint8_t { none, read, write };

/// A token as the file has it. The token itself is shown once, when it is made, and is nowhere.
struct kept_token {
  std::string name;  ///< what it is for: a-z, 0-9, '.' and '-'
  access_level level = access_level::read;
  std::string hash;  ///< SHA-256 of the token, 64 hexadecimal digits
  std::string day;   ///< when it was made, "YYYY-MM-DD"
};

/// Makes a token of 256 bits by chance, keeps its hash in `file` (readable by its owner alone), and
/// answers it. A plain hash is enough: what is drawn from 2^256 cannot be guessed from it. Throws
/// `user_error` for a name that cannot be one or is taken. Any number of processes.
std::string make_token(const std::filesystem::path& file, const std::string& name,
                       access_level level);

/// Takes one back. Throws `user_error` where there is none of that name.
void forget_token(const std::filesystem::path& file, const std::string& name);

/// All of them; none where there is no such file. Throws `user_error`, naming file and line, for a
/// file that is damaged.
std::vector<kept_token> read_tokens(const std::filesystem::path& file);

/// Looks tokens up, and reads the file again when it has changed: one that was made or taken back
/// counts at once. Any thread.
class token_book {
 public:
  explicit token_book(std::filesystem::path file) : file_{std::move(file)} {}

  /// What this token allows. Compares hashes with all that there are, in a time that depends on
  /// none of them. Throws `user_error` where the file is damaged.
  access_level level_of(std::string_view token);
  bool empty();

 private:
  void look();

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<kept_token> tokens_;
  /// Of the file that was read: time, size and number of its content.
  std::optional<std::vector<std::int64_t>> seen_;
};

/// The token of an "Authorization: Bearer ..." header; empty for any other.
std::string bearer_token(std::string_view header);

}  // namespace bramble::gateway
