#include "model/runtime/blob.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

namespace bramble {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw user_error(path.string() + ": cannot read the file: " + std::strerror(error) + ".");
}

blob owned_mapping(void* start, std::size_t size) {
  return {std::shared_ptr<const void>(
              start, [size](const void* p) { ::munmap(const_cast<void*>(p), size); }),
          {static_cast<const std::uint8_t*>(start), size}};
}

}  // namespace

blob map_file(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(path, errno);
  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    const int error = errno;
    ::close(fd);
    fail(path, error);
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void* start = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const int error = errno;
  ::close(fd);
  if (size == 0) return {};
  if (start == MAP_FAILED) fail(path, error);
  return owned_mapping(start, size);
}

blob_loader zero_blobs(const graph& g) {
  std::map<std::string, std::size_t> sizes;
  std::size_t largest = 1;
  for (const auto& w : g.weights) {
    const auto size = static_cast<std::size_t>(blob_bytes(w));
    sizes[w.sha256] = size;
    largest = std::max(largest, size);
  }
  // Untouched anonymous memory is the kernel's one page of zeros, however often it is read.
  void* start = ::mmap(nullptr, largest, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  return [zeros = owned_mapping(start, largest), sizes = std::move(sizes)](const std::string& sha) {
    const auto found = sizes.find(sha);
    if (found == sizes.end()) throw user_error("The model has no weight " + sha + ".");
    return blob{zeros.keep, zeros.bytes.first(found->second)};
  };
}

}  // namespace bramble
