#include "model/store/store_events.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace bramble {
namespace {

namespace fs = std::filesystem;

/// Files come by being renamed, whole; but somebody may copy some by hand.
constexpr std::uint32_t any_entry = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                    IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF;
/// A blob that comes is no news: the manifest that names it comes after it. One that goes is.
constexpr std::uint32_t lost_entry = IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF;
/// Files here are made once. Not those that are opened: every lock is one.
constexpr std::uint32_t subfolder =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF;
/// Once: the folder above the store is full of other things.
constexpr std::uint32_t first_entry = IN_CREATE | IN_MOVED_TO | IN_ONESHOT;

}  // namespace

store_events::store_events(fs::path folder)
    : folder_{std::move(folder)}, fd_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {}

store_events::~store_events() {
  if (fd_ >= 0) ::close(fd_);
}

/// Of one that is listened to already, nothing changes.
bool store_events::listen(const fs::path& path, std::uint32_t mask) {
  return ::inotify_add_watch(fd_, path.c_str(), mask | IN_ONLYDIR) >= 0;
}

bool store_events::follow() {
  if (fd_ < 0) return false;
  // From above: a folder that is made right after it was missed is news of the one above it.
  if (!listen(folder_, subfolder)) {
    if (errno != ENOENT || !listen(folder_.parent_path(), first_entry)) return false;
    // It may have been made in between.
    if (!listen(folder_, subfolder)) return errno == ENOENT;
  }
  bool all = true;
  for (const auto& [name, mask] : {std::pair{"names", any_entry}, std::pair{"manifests", any_entry},
                                   std::pair{"blobs", lost_entry}})
    all &= listen(folder_ / name, mask) || errno == ENOENT;
  return all;
}

bool store_events::pending() const {
  pollfd wait{fd_, POLLIN, 0};
  return fd_ >= 0 && ::poll(&wait, 1, 0) > 0;
}

void store_events::take() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  while (fd_ >= 0) {
    const auto got = ::read(fd_, buffer.data(), buffer.size());
    if (got <= 0 && errno != EINTR) return;
  }
}

store_stamps store_stamps::of(const fs::path& folder) {
  store_stamps out;
  for (const auto* name : {"", "names", "manifests", "blobs"}) {
    struct stat info {};
    auto& slot = out.folders_.emplace_back();
    if (::stat((folder / name).c_str(), &info) == 0)
      slot = stamp{info.st_dev, info.st_ino, info.st_ctim.tv_sec, info.st_ctim.tv_nsec};
  }
  return out;
}

}  // namespace bramble
