#include "model/store/arriving_blob.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const char* action, int error) {
  if (error == ENOSPC || error == EDQUOT)
    throw disk_full("The disk of " + path.parent_path().parent_path().string() +
                    " is full, and what was there is as before; free some of it, with `bramble "
                    "model rm NAME` for one.");
  throw user_error(path.string() + ": cannot " + action + ": " + std::strerror(error) + ".");
}

}  // namespace

arriving_blob::arriving_blob(const model_store& store, const std::string& sha256)
    : target_{store.blob_path(sha256)}, sha256_{sha256} {
  static std::atomic<std::uint64_t> counter{0};
  const auto folder = target_.parent_path().parent_path();
  store_lock_ = folder / "lock";
  staged_ = folder / "staging" /
            ("arriving-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)));
  // Whoever clears up holds it alone, and so sees this file locked or not at all.
  const auto guard = file_lock::take(store_lock_, file_lock::mode::shared);
  file_ = file_lock::take(staged_, file_lock::mode::exclusive);
  if (::ftruncate(file_->descriptor(), 0) != 0) fail(staged_, "empty the file", errno);
}

arriving_blob::~arriving_blob() {
  if (file_) ::unlink(staged_.c_str());
}

void arriving_blob::add(byte_span block) {
  size_ += block.size();
  while (!block.empty()) {
    const auto n = ::write(file_->descriptor(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(staged_, "write", errno);
    block = block.subspan(static_cast<std::size_t>(n));
  }
}

void arriving_blob::keep() {
  if (::fsync(file_->descriptor()) != 0) fail(staged_, "sync", errno);
  if (sha256_hex_of_file(staged_.string()) != sha256_)
    throw user_error("The weights " + short_identity(sha256_) +
                     " arrived damaged: their content has another SHA-256.");
  const auto guard = file_lock::take(store_lock_, file_lock::mode::shared);
  std::error_code error;
  fs::create_directories(target_.parent_path(), error);
  if (::rename(staged_.c_str(), target_.c_str()) != 0) fail(target_, "write the file", errno);
  file_.reset();
}

}  // namespace bramble
