#include "config/packages.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/defaults_join.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

/// What a program prints, at most so much; empty when it fails. No shell is between.
std::string printed_by(std::vector<std::string> command) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return "";
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (auto& each : command) words.push_back(each.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string out;
  std::array<char, 1024> block{};
  while (failed == 0) {
    const auto n = ::read(ends[0], block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    if (out.size() < defaults::package_field_longest)
      out.append(block.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 1;
  if (failed == 0) ::waitpid(child, &status, 0);
  if (status != 0) return "";
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out.substr(0, defaults::package_field_longest);
}

bool is_word(std::string_view text, std::string_view more) {
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

/// Architectures and versions go into names of files and lines of text.
void check_fields(const std::string& architecture, const std::string& version,
                  const std::filesystem::path& file) {
  if (is_word(architecture, "-") && is_word(version, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.+~-")) return;
  throw user_error(file.string() +
                   ": this is no package of Bramble that dpkg-deb can read; "
                   "scripts/package makes one.");
}

std::string name_of_file(const std::string& architecture, const std::string& version) {
  return architecture + "_" + version + ".deb";
}

}  // namespace

kept_package keep_package(const std::filesystem::path& folder, const std::filesystem::path& file) {
  const auto bytes = read_file(file, defaults::package_limit_bytes);
  const auto field = [&](const char* name) {
    return printed_by({"dpkg-deb", "-f", std::filesystem::absolute(file).string(), name});
  };
  kept_package out;
  out.architecture = field("Architecture");
  out.version = field("Version");
  check_fields(field("Package") == "bramble" ? out.architecture : "", out.version, file);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  out.file = folder / name_of_file(out.architecture, out.version);
  write_file_atomically(out.file, bytes);
  for (const auto& each : kept_packages(folder))
    if (each.architecture == out.architecture && each.file != out.file)
      std::filesystem::remove(each.file, error);
  out.sha256 = sha256_hex(bytes);
  out.bytes = bytes.size();
  return out;
}

std::vector<kept_package> kept_packages(const std::filesystem::path& folder) {
  std::vector<kept_package> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
    const auto name = entry.path().filename().string();
    const auto middle = name.find('_');
    if (!name.ends_with(".deb") || middle == std::string::npos) continue;
    kept_package one;
    one.architecture = name.substr(0, middle);
    one.version = name.substr(middle + 1, name.size() - middle - 5);
    one.file = entry.path();
    one.sha256 = sha256_hex_of_file(one.file.string());
    one.bytes = std::filesystem::file_size(one.file, error);
    out.push_back(std::move(one));
  }
  std::ranges::sort(out, {}, &kept_package::file);
  return out;
}

std::string format_packages(const std::vector<kept_package>& all) {
  std::ostringstream out;
  for (const auto& each : all)
    out << each.architecture << ' ' << each.sha256 << ' ' << each.bytes << ' ' << each.version
        << '\n';
  return out.str();
}

}  // namespace bramble
