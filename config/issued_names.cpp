#include "config/issued_names.hpp"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <sstream>

#include "config/base/file_lock.hpp"
#include "config/base/files.hpp"
#include "config/certificates.hpp"
#include "config/defaults_addresses.hpp"

namespace bramble {
namespace {

/// The day of the last line with this name; empty when there is none.
std::string issued_on(const std::filesystem::path& file, const std::string& name) {
  std::istringstream lines{as_text(read_file(file, defaults::issued_names_limit_bytes))};
  std::string found;
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    std::string whom;
    std::string day;
    words >> whom >> day;
    if (whom == name) found = day.empty() ? "an unknown day" : day;
  }
  return found;
}

}  // namespace

void record_issued_name(const std::filesystem::path& file, const std::string& name, bool replace) {
  // Held until the line is there: of two who ask at once one is refused.
  const auto lock = file_lock::take(file, file_lock::mode::exclusive);
  const auto day = issued_on(file, name);
  if (!day.empty() && !replace)
    throw user_error("A node called " + name + " has keys of this cluster already, issued on " +
                     day +
                     "; two machines of one name shut each other out: choose another name for this "
                     "one, or, if it "
                     "takes the other's place for good, type `bramble keys issue --replace " +
                     name + "`.");
  const auto line = name + " " + format_date(std::chrono::system_clock::now()) + "\n";
  if (::lseek(lock.descriptor(), 0, SEEK_END) < 0 ||
      ::write(lock.descriptor(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw user_error(file.string() + ": cannot note the name there: " + std::strerror(errno) + ".");
}

}  // namespace bramble
