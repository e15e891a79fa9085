#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "config/base/error.hpp"
#include "config/base/files.hpp"

namespace bramble {

/// Files that appear together: written beside their places first, so that a full disk leaves what
/// was there, and then renamed. The last one added makes a folder of keys valid.
class staged_files {
 public:
  explicit staged_files(const std::filesystem::path& folder) : folder_{folder} {
    make_private_folder(folder_);
    staging_ = folder_ / (".new." + std::to_string(::getpid()));
    make_private_folder(staging_);
  }
  staged_files(const staged_files&) = delete;
  staged_files& operator=(const staged_files&) = delete;
  ~staged_files() {
    std::error_code error;
    std::filesystem::remove_all(staging_, error);
  }

  void add(const std::filesystem::path& target, const std::string& content, unsigned mode) {
    write_file_atomically(staging_ / target.filename(), as_bytes(content), mode);
    targets_.push_back(target);
  }

  void commit() {
    for (const auto& target : targets_) {
      std::error_code error;
      std::filesystem::rename(staging_ / target.filename(), target, error);
      if (error)
        throw user_error(target.string() + ": cannot replace the file: " + error.message() + ".");
    }
  }

 private:
  static void make_private_folder(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (!error) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
    if (error)
      throw user_error(path.string() +
                       ": cannot make a folder that is private: " + error.message() + ".");
  }

  std::filesystem::path folder_;
  std::filesystem::path staging_;
  std::vector<std::filesystem::path> targets_;
};

}  // namespace bramble
