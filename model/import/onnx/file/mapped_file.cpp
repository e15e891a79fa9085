#include "model/import/onnx/file/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bramble {
namespace {

class descriptor {
 public:
  explicit descriptor(const std::filesystem::path& path)
      : number_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

mapped_file map_whole(const std::filesystem::path& path, const std::string& place) {
  const descriptor file{path};
  if (file.number() < 0 && errno == ENOENT) throw user_error(place + ": there is no such file.");
  struct stat facts {};
  if (file.number() < 0 || ::fstat(file.number(), &facts) != 0)
    throw user_error(place + ": the file cannot be read (" + std::strerror(errno) + ").");
  if (S_ISDIR(facts.st_mode)) throw user_error(place + ": this is a folder, not an ONNX file.");
  const auto size = static_cast<std::size_t>(facts.st_size);
  if (size == 0) return {};
  auto* begin = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (begin == MAP_FAILED)
    throw user_error(place + ": the file cannot be read (" + std::strerror(errno) + ").");
  return {std::shared_ptr<const void>{begin, [size](void* all) { ::munmap(all, size); }},
          {static_cast<const std::uint8_t*>(begin), size}};
}

void forget_pages(const mapped_file& file) {
  if (file.keep)
    ::madvise(const_cast<std::uint8_t*>(file.bytes.data()), file.bytes.size(), MADV_DONTNEED);
}

}  // namespace bramble
