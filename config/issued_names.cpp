#include "config/issued_names.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "config/base/file_lock.hpp"
#include "config/base/files.hpp"
#include "config/defaults_addresses.hpp"

namespace bramble {
namespace {

std::vector<issued_certificate> parse_issued(const std::string& text) {
  std::vector<issued_certificate> out;
  std::istringstream lines{text};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    issued_certificate one;
    if (!(words >> one.name)) continue;
    words >> one.day >> one.until >> one.serial >> one.how >> one.authority;
    if (one.day.empty()) one.day = "an unknown day";
    out.push_back(std::move(one));
  }
  return out;
}

std::string read_list(const std::filesystem::path& file) {
  return as_text(read_file(file, defaults::issued_names_limit_bytes));
}

/// The day of the last line with this name; empty when there is none.
std::string issued_on(const std::filesystem::path& file, const std::string& name) {
  std::string found;
  for (const auto& each : parse_issued(read_list(file)))
    if (each.name == name) found = each.day;
  return found;
}

}  // namespace

void record_issued(const std::filesystem::path& file, const issued_certificate& what,
                   bool replace) {
  // Held until the line is there: of two who ask at once one is refused.
  const auto lock = file_lock::take(file, file_lock::mode::exclusive);
  const auto day = issued_on(file, what.name);
  if (!day.empty() && !replace)
    throw user_error("A node called " + what.name +
                     " has keys of this cluster already, issued on " + day +
                     "; two machines of one name shut each other out: choose another name for this "
                     "one, or, if it "
                     "takes the other's place for good, type `bramble keys issue --replace " +
                     what.name + "` or `bramble invite --replace " + what.name + "`.");
  const auto line = what.name + " " + what.day + " " + what.until + " " + what.serial + " " +
                    what.how + " " + what.authority + "\n";
  if (::lseek(lock.descriptor(), 0, SEEK_END) < 0 ||
      ::write(lock.descriptor(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw user_error(file.string() + ": cannot note the name there: " + std::strerror(errno) + ".");
}

std::vector<issued_certificate> read_issued(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return {};
  return parse_issued(read_list(file));
}

}  // namespace bramble
