#include "console/stream_inputs.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "config/base/error.hpp"
#include "config/defaults_stream.hpp"
#include "model/image/image.hpp"
#include "model/image/tensor_file.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

bool has_known_ending(const fs::path& file) {
  auto ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array known{".jpg", ".jpeg", ".png", ".ppm", ".npy"};
  return std::ranges::count(known, ending) != 0;
}

bool begins_like_input(const fs::path& file) {
  byte_vector begin(64);
  std::ifstream in{file, std::ios::binary};
  in.read(reinterpret_cast<char*>(begin.data()), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(in.gcount()));
  return looks_like_image(begin) || looks_like_npy(begin);
}

bool is_hidden(const fs::path& file) {
  return file.filename().string().starts_with('.');
}

}  // namespace

std::optional<std::string> listed_inputs::next() {
  if (given_ == files_.size()) return std::nullopt;
  return files_[given_++];
}

std::optional<std::string> typed_paths::take_line() {
  const auto end = text_.find('\n');
  if (end == std::string::npos && !(ended_ && !text_.empty())) return std::nullopt;
  auto line = text_.substr(0, end);
  text_.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

std::optional<std::string> typed_paths::next() {
  while (true) {
    while (auto line = take_line())
      if (!line->empty()) return line;
    if (text_.size() > defaults::path_bytes) {
      ended_ = true;
      text_.clear();
      throw user_error("Standard input has a line of more than " +
                       std::to_string(defaults::path_bytes) +
                       " bytes, which is no path; write one path a line.");
    }
    if (ended_ || !stop_.wait_for_file(fd_)) return std::nullopt;
    std::array<char, defaults::path_bytes> part{};
    const auto got = ::read(fd_, part.data(), part.size());
    if (got < 0 && errno != EINTR && errno != EAGAIN)
      throw user_error(std::string{"Standard input cannot be read: "} + std::strerror(errno) + ".");
    if (got == 0) ended_ = true;
    if (got > 0) text_.append(part.data(), static_cast<std::size_t>(got));
  }
}

bool may_be_input(const std::string& file, std::uint64_t raw_bytes) {
  std::error_code ignored;
  if (is_hidden(file) || !fs::is_regular_file(file, ignored)) return false;
  if (has_known_ending(file) || begins_like_input(file)) return true;
  return fs::file_size(file, ignored) == raw_bytes && !ignored;
}

folder_listing list_folder(const std::string& folder, std::uint64_t raw_bytes) {
  folder_listing out;
  std::error_code failed;
  fs::directory_iterator entry{folder, failed};
  for (; !failed && entry != fs::directory_iterator{}; entry.increment(failed)) {
    std::error_code ignored;
    const auto file = entry->path().string();
    if (may_be_input(file, raw_bytes))
      out.files.push_back(file);
    else if (!is_hidden(file) && fs::is_regular_file(file, ignored))
      ++out.skipped;
  }
  if (failed) throw user_error(folder + " cannot be read: " + failed.message() + ".");
  std::ranges::sort(out.files);
  return out;
}

folder_listing expand(const std::vector<std::string>& words, std::uint64_t raw_bytes) {
  folder_listing out;
  for (const auto& word : words) {
    std::error_code ignored;
    if (!fs::is_directory(word, ignored)) {
      out.files.push_back(word);
      continue;
    }
    auto inside = list_folder(word, raw_bytes);
    out.files.insert(out.files.end(), inside.files.begin(), inside.files.end());
    out.skipped += inside.skipped;
  }
  return out;
}

}  // namespace bramble
