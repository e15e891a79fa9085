#include "config/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace bramble {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* action, int error) {
  if (error == ENOSPC || error == EDQUOT)
    throw disk_full(path.string() + ": cannot " + action + ": the disk is full.");
  throw user_error(path.string() + ": cannot " + action + ": " + std::strerror(error) + ".");
}

/// A file being written that vanishes unless it is committed.
class temporary_file {
 public:
  temporary_file(const std::filesystem::path& target, unsigned mode)
      : target_{target}, path_{name_for(target)} {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd_ < 0) fail(path_, "create the file", errno);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() {
    if (fd_ >= 0) ::close(fd_);
    if (!committed_) ::unlink(path_.c_str());
  }

  void write(byte_span content) {
    while (!content.empty()) {
      const auto n = ::write(fd_, content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(path_, "write", errno);
      content = content.subspan(static_cast<std::size_t>(n));
    }
  }

  void commit() {
    if (::fsync(fd_) != 0) fail(path_, "sync", errno);
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail(target_, "replace the file", errno);
    committed_ = true;
  }

 private:
  static std::string name_for(const std::filesystem::path& target) {
    static std::atomic<std::uint64_t> counter{0};
    return target.string() + ".new." + std::to_string(::getpid()) + "." +
           std::to_string(counter.fetch_add(1));
  }

  std::filesystem::path target_;
  std::string path_;
  int fd_ = -1;
  bool committed_ = false;
};

}  // namespace

byte_vector read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) fail(path, "read the file", errno);
  if (S_ISDIR(info.st_mode)) throw user_error(path.string() + ": this is a folder, not a file.");
  std::ifstream in{path, std::ios::binary};
  if (!in) fail(path, "read the file", errno);
  byte_vector out;
  std::vector<char> block(1U << 16);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    out.insert(out.end(), block.begin(), block.begin() + in.gcount());
    if (out.size() > max_bytes)
      throw user_error(path.string() + ": the file is larger than the " +
                       std::to_string(max_bytes) + " bytes allowed here.");
  }
  return out;
}

void write_file_atomically(const std::filesystem::path& path, byte_span content, unsigned mode) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) fail(path.parent_path(), "create the folder", error.value());
  temporary_file file{path, mode};
  file.write(content);
  file.commit();
}

}  // namespace bramble
