#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bramble {

// What the parts of the model store share: names, and the files under them.

inline constexpr std::size_t digest_digits = 64;

bool is_hex(const std::string& text);
bool is_digest(const std::string& text);

/// Every path of the store is made from a name that passed one of these two: nothing from a peer or
/// a command line can point out of the folder. Throws `user_error`.
const std::string& checked_digest(const std::string& text);
bool is_model_name(const std::string& name);

/// Names of the files in a folder, sorted; none when there is no such folder.
std::vector<std::string> entries_of(const std::filesystem::path& folder);

/// Throws `user_error` when there is such a file and it cannot be removed.
void unlink_file(const std::filesystem::path& path);

bool has_file_of_size(const std::filesystem::path& path, std::uint64_t bytes);

/// 0 when there is none.
std::uint64_t size_of_file(const std::filesystem::path& path);

}  // namespace bramble
