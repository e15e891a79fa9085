#include "model/store/store_files.hpp"

#include <algorithm>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {

namespace fs = std::filesystem;

bool is_hex(const std::string& text) {
  return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_digest(const std::string& text) {
  return text.size() == digest_digits && is_hex(text);
}

const std::string& checked_digest(const std::string& text) {
  if (!is_digest(text)) throw user_error("\"" + printable(text) + "\" is no SHA-256 of 64 digits.");
  return text;
}

bool is_model_name(const std::string& name) {
  return !name.empty() && name.size() <= defaults::model_name_limit && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::vector<std::string> entries_of(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  if (!fs::exists(folder, error)) return names;
  fs::directory_iterator it{folder, error};
  for (; !error && it != fs::directory_iterator{}; it.increment(error))
    names.push_back(it->path().filename().string());
  if (error)
    throw user_error(folder.string() + ": the folder cannot be read: " + error.message() + ".");
  std::sort(names.begin(), names.end());
  return names;
}

void unlink_file(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) throw user_error(path.string() + ": cannot remove: " + error.message() + ".");
}

bool has_file_of_size(const fs::path& path, std::uint64_t bytes) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return !error && size == bytes;
}

std::uint64_t size_of_file(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : size;
}

}  // namespace bramble
