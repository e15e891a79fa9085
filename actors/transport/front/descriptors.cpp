#include "actors/transport/front/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace bramble {

int raise_descriptor_limit() {
  rlimit now{};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0) return 1024;
  rlimit wanted{now.rlim_max, now.rlim_max};
  if (now.rlim_cur < now.rlim_max && ::setrlimit(RLIMIT_NOFILE, &wanted) == 0)
    now.rlim_cur = now.rlim_max;
  return static_cast<int>(std::min<rlim_t>(now.rlim_cur, std::numeric_limits<int>::max()));
}

spare_descriptor::spare_descriptor() {
  take();
}

spare_descriptor::~spare_descriptor() {
  release();
}

void spare_descriptor::take() {
  if (held_ < 0) held_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void spare_descriptor::release() {
  if (held_ >= 0) ::close(held_);
  held_ = -1;
}

void spare_descriptor::turn_away(int listener) {
  release();
  const int one = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (one >= 0) ::close(one);
  take();
}

}  // namespace bramble
