#include "console/folder_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "config/base/error.hpp"

namespace bramble {

folder_watch::folder_watch(std::string folder, std::uint64_t raw_bytes, const stop_flag& stop)
    : folder_{std::move(folder)},
      raw_bytes_{raw_bytes},
      stop_{stop},
      fd_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {
  constexpr std::uint32_t wanted = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF;
  if (fd_ >= 0 && ::inotify_add_watch(fd_, folder_.c_str(), wanted | IN_ONLYDIR) >= 0) return;
  const auto why = errno;
  if (fd_ >= 0) ::close(fd_);
  throw user_error(folder_ + " cannot be watched: " + std::strerror(why) + ".");
}

folder_watch::~folder_watch() {
  ::close(fd_);
}

void folder_watch::read_events() {
  alignas(inotify_event) std::array<char, 16'384> buffer{};
  const auto got = ::read(fd_, buffer.data(), buffer.size());
  for (std::size_t at = 0; got > 0 && at < static_cast<std::size_t>(got);) {
    const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
    at += sizeof(inotify_event) + event->len;
    if ((event->mask & IN_Q_OVERFLOW) != 0)
      broken_ = "More arrived in " + folder_ +
                " at once than the kernel keeps in mind, and some of it was missed; give the "
                "folder itself instead of watching it.";
    else if ((event->mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_IGNORED)) != 0)
      broken_ = folder_ + " is gone; there is nothing to watch any more.";
    else if ((event->mask & IN_ISDIR) == 0 && event->len > 0)
      // Up to its end, which is padded.
      arrived_.push_back((std::filesystem::path{folder_} / event->name).string());
  }
}

std::optional<std::string> folder_watch::next() {
  while (true) {
    while (!arrived_.empty()) {
      auto file = std::move(arrived_.front());
      arrived_.pop_front();
      if (may_be_input(file, raw_bytes_)) return file;
    }
    if (!broken_.empty()) throw user_error(broken_);
    if (!stop_.wait_for_file(fd_)) return std::nullopt;
    read_events();
  }
}

}  // namespace bramble
