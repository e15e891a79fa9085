#include "config/paths.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "config/base/error.hpp"

namespace bramble {
namespace {

bool is_own_folder(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

}  // namespace

std::filesystem::path home_folder(const std::optional<std::filesystem::path>& flag,
                                  const environment& variables,
                                  const std::filesystem::path& service_folder) {
  // Absolute, because the folder one types it in is not the one it is used in later.
  if (flag) return std::filesystem::absolute(*flag);
  if (const auto home = variables("BRAMBLE_HOME")) return std::filesystem::absolute(*home);
  if (is_own_folder(service_folder)) return service_folder;
  if (const auto data = variables("XDG_DATA_HOME"))
    return std::filesystem::absolute(*data) / "bramble";
  if (const auto user = variables("HOME"))
    return std::filesystem::absolute(*user) / ".local" / "share" / "bramble";
  throw user_error(
      "This user has no home folder; set BRAMBLE_HOME to the folder for Bramble's data.");
}

home_paths::home_paths(const std::filesystem::path& home)
    : home{home},
      keys{home / "keys"},
      models{home / "models"},
      calibration{home / "calibration"},
      options{home / "bramble.toml"},
      peers{home / "peers"},
      events{home / "events"},
      console_history{home / "console_history"} {}

}  // namespace bramble
