// A slow disk for one folder of one process: preloaded, it makes every call that opens, looks up or
// changes a file under $SLOW_FOLDER take $SLOW_FOLDER_MS longer, as a card does that is worn out or
// busy. What has no path (read, write, fsync) is as fast as ever.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

/// Before `main`, while there is one thread.
struct slow_folder {
  const char* path = std::getenv("SLOW_FOLDER");
  std::size_t size = path == nullptr ? 0 : std::strlen(path);
  long ms = std::getenv("SLOW_FOLDER_MS") == nullptr ? 0 : std::atol(std::getenv("SLOW_FOLDER_MS"));
};

const slow_folder& settings() {
  static const slow_folder all;
  return all;
}

/// Paths that are relative are nobody's: the program opens none under the folder.
void wait_for_disk(const char* path) {
  const auto& slow = settings();
  if (slow.size == 0 || path == nullptr || std::strncmp(path, slow.path, slow.size) != 0) return;
  const int before = errno;
  timespec rest{slow.ms / 1000, slow.ms % 1000 * 1'000'000};
  while (::nanosleep(&rest, &rest) != 0 && errno == EINTR) {
  }
  errno = before;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

// The C library has these names; what follows them in its headers (attributes) does not matter
// here.
extern "C" {

#define SLOW_OPEN(name)                                                      \
  int name(const char* path, int flags, ...) {                               \
    va_list arguments;                                                       \
    va_start(arguments, flags);                                              \
    const auto mode = mode_of(flags, arguments);                             \
    va_end(arguments);                                                       \
    wait_for_disk(path);                                                     \
    static const auto real = next<int (*)(const char*, int, mode_t)>(#name); \
    return real(path, flags, mode);                                          \
  }
#define SLOW_OPENAT(name)                                                         \
  int name(int folder, const char* path, int flags, ...) {                        \
    va_list arguments;                                                            \
    va_start(arguments, flags);                                                   \
    const auto mode = mode_of(flags, arguments);                                  \
    va_end(arguments);                                                            \
    wait_for_disk(path);                                                          \
    static const auto real = next<int (*)(int, const char*, int, mode_t)>(#name); \
    return real(folder, path, flags, mode);                                       \
  }
#define SLOW_STAT(name, type)                                                 \
  int name(const char* path, struct type* found) {                            \
    wait_for_disk(path);                                                      \
    static const auto real = next<int (*)(const char*, struct type*)>(#name); \
    return real(path, found);                                                 \
  }
#define SLOW_FOPEN(name)                                                       \
  FILE* name(const char* path, const char* mode) {                             \
    wait_for_disk(path);                                                       \
    static const auto real = next<FILE* (*)(const char*, const char*)>(#name); \
    return real(path, mode);                                                   \
  }

SLOW_OPEN(open)
SLOW_OPEN(open64)
SLOW_OPENAT(openat)
SLOW_OPENAT(openat64)
SLOW_STAT(stat, stat)
SLOW_STAT(stat64, stat64)
SLOW_STAT(lstat, stat)
SLOW_STAT(lstat64, stat64)
SLOW_FOPEN(fopen)
SLOW_FOPEN(fopen64)

int access(const char* path, int mode) {
  wait_for_disk(path);
  static const auto real = next<int (*)(const char*, int)>("access");
  return real(path, mode);
}

DIR* opendir(const char* path) {
  wait_for_disk(path);
  static const auto real = next<DIR* (*)(const char*)>("opendir");
  return real(path);
}

int unlink(const char* path) {
  wait_for_disk(path);
  static const auto real = next<int (*)(const char*)>("unlink");
  return real(path);
}

int rename(const char* from, const char* to) {
  wait_for_disk(to);
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  return real(from, to);
}

}  // extern "C"
