#include "model/runtime/blob.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

namespace bramble {

std::uint32_t mixed(std::uint64_t n) {
  // The finaliser of SplitMix64.
  n += 0x9E3779B97F4A7C15U;
  n = (n ^ (n >> 30U)) * 0xBF58476D1CE4E5B9U;
  n = (n ^ (n >> 27U)) * 0x94D049BB133111EBU;
  return static_cast<std::uint32_t>((n ^ (n >> 31U)) >> 32U);
}

float made_up_number(std::uint64_t n) {
  return static_cast<float>(mixed(n) >> 8U) * 0x1p-23F - 1.0F;
}

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

namespace {

// Whole pages of any size that Linux has, and no multiple of the usual numbers of channels.
constexpr std::size_t pattern_bytes = std::size_t{33} << 16U;

/// Addresses for `size` bytes that show the same few pages of memory again and again.
blob repeated(byte_span pattern, std::size_t size) {
  const int fd = ::memfd_create("made-up weights", MFD_CLOEXEC);
  if (fd < 0) throw std::bad_alloc();
  const auto times = std::max<std::size_t>(1, (size + pattern.size() - 1) / pattern.size());
  const auto all = times * pattern.size();
  void* start = ::mmap(nullptr, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  bool good = start != MAP_FAILED;
  for (std::size_t done = 0; good && done < pattern.size();) {
    const auto written = ::write(fd, pattern.data() + done, pattern.size() - done);
    good = written > 0;
    done += good ? static_cast<std::size_t>(written) : 0;
  }
  for (std::size_t i = 0; good && i < times; ++i)
    good = ::mmap(static_cast<std::uint8_t*>(start) + i * pattern.size(), pattern.size(), PROT_READ,
                  MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED;
  ::close(fd);
  if (good) return owned_mapping(start, all);
  if (start != MAP_FAILED) ::munmap(start, all);
  throw std::bad_alloc();
}

byte_vector pattern_of_floats() {
  byte_vector out(pattern_bytes);
  for (std::size_t i = 0; i < out.size(); i += sizeof(float)) {
    const auto value = 0.75F + made_up_number(i) / 2;
    std::memcpy(out.data() + i, &value, sizeof value);
  }
  return out;
}

byte_vector pattern_of_halves() {
  byte_vector out(pattern_bytes);
  for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint16_t)) {
    // Exponents of 1/4 to 1, any mantissa.
    const auto half = static_cast<std::uint16_t>(0x3400U + mixed(i) % 0x0900U);
    std::memcpy(out.data() + i, &half, sizeof half);
  }
  return out;
}

}  // namespace

blob_loader made_up_blobs(const graph& g) {
  std::map<std::string, weight_info> known;
  std::array<std::size_t, 2> largest{};  // of floats, of halves
  for (const auto& w : g.weights) {
    known[w.sha256] = w;
    auto& most = largest[w.stored_as_half ? 1 : 0];
    most = std::max(most, static_cast<std::size_t>(blob_bytes(w)));
  }
  const auto floats = largest[0] > 0 ? repeated(pattern_of_floats(), largest[0]) : blob{};
  const auto halves = largest[1] > 0 ? repeated(pattern_of_halves(), largest[1]) : blob{};
  return [floats, halves, zeros = zero_blobs(g), known = std::move(known)](const std::string& sha) {
    const auto found = known.find(sha);
    if (found == known.end()) throw user_error("The model has no weight " + sha + ".");
    const auto& w = found->second;
    if (w.type != element_type::f32) return zeros(sha);
    const auto& content = w.stored_as_half ? halves : floats;
    return blob{content.keep, content.bytes.first(static_cast<std::size_t>(blob_bytes(w)))};
  };
}

}  // namespace bramble
