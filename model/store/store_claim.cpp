#include "model/store/store_claim.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "config/base/files.hpp"
#include "model/store/store_files.hpp"

namespace bramble {
namespace {

std::string own_name() {
  static std::atomic<std::uint64_t> counter{0};
  return std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
}

void append(int fd, const std::string& text, const std::filesystem::path& path) {
  for (std::size_t done = 0; done < text.size();) {
    const auto n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == ENOSPC || errno == EDQUOT))
      throw disk_full(path.string() + ": cannot write: the disk is full.");
    if (n < 0) throw user_error(path.string() + ": cannot write: " + std::strerror(errno) + ".");
    done += static_cast<std::size_t>(n);
  }
}

}  // namespace

import_claim::import_claim(const model_store& store)
    : store_{store}, path_{store.claims_folder() / own_name()}, file_{[&] {
        // Not while leftovers are looked for: an unlocked claim is one.
        const auto guard = store.lock(file_lock::mode::shared);
        return file_lock::take(path_, file_lock::mode::exclusive);
      }()} {}

import_claim::~import_claim() {
  if (keep_) return;
  try {
    const auto guard = store_.lock(file_lock::mode::exclusive);
    unlink_file(path_);
    store_.remove_unused({blobs_.begin(), blobs_.end()}, guard);
  } catch (const std::exception&) {
    // A disk that has become read-only, say. The next import clears up what stays.
    keep_ = true;
  }
}

void import_claim::add(const std::vector<std::string>& sha256s) {
  std::string lines;
  for (const auto& sha256 : sha256s)
    if (blobs_.insert(checked_digest(sha256)).second) lines += sha256 + "\n";
  const auto guard = store_.lock(file_lock::mode::shared);
  append(file_.descriptor(), lines, path_);
}

}  // namespace bramble
