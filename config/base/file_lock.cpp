#include "config/base/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "config/base/error.hpp"

namespace bramble {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw user_error(path.string() + ": cannot lock the file: " + std::strerror(error) + ".");
}

int operation(file_lock::mode wanted) {
  return wanted == file_lock::mode::shared ? LOCK_SH : LOCK_EX;
}

/// 0, or errno.
int lock(int fd, int how) {
  while (::flock(fd, how) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

}  // namespace

file_lock file_lock::take(const std::filesystem::path& path, mode wanted) {
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) fail(path, error.value());
  file_lock out{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
  if (out.fd_ < 0) fail(path, errno);
  if (const int code = lock(out.fd_, operation(wanted))) fail(path, code);
  return out;
}

std::optional<file_lock> file_lock::try_take(const std::filesystem::path& path, mode wanted) {
  file_lock out{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  if (out.fd_ < 0) {
    if (errno == ENOENT) return std::nullopt;
    fail(path, errno);
  }
  const int code = lock(out.fd_, operation(wanted) | LOCK_NB);
  if (code == EWOULDBLOCK) return std::nullopt;
  if (code != 0) fail(path, code);
  return out;
}

file_lock::file_lock(file_lock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

file_lock& file_lock::operator=(file_lock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

file_lock::~file_lock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace bramble
