#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "model/store/store.hpp"
#include "model/store/store_files.hpp"

namespace bramble {

namespace fs = std::filesystem;

file_lock model_store::lock(file_lock::mode wanted) const {
  return file_lock::take(folder_ / "lock", wanted);
}

/// Written under a name in `staging` first: there a half-written file of a killed process is found.
void model_store::install(const fs::path& path, byte_span content) const {
  static std::atomic<std::uint64_t> counter{0};
  const auto guard = lock(file_lock::mode::shared);
  const auto staged = folder_ / "staging" /
                      (std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1)));
  try {
    write_file_atomically(staged, content);
  } catch (const disk_full&) {
    throw disk_full("The disk of " + folder_.string() +
                    " is full, and what was there is as before; free some of it, with `bramble "
                    "model rm NAME` for one.");
  }
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (!error) fs::rename(staged, path, error);
  if (!error) return;
  const auto reason = error.message();
  fs::remove(staged, error);
  throw user_error(path.string() + ": cannot write the file: " + reason + ".");
}

std::string model_store::put_blob(byte_span content) const {
  auto sha256 = sha256_hex(content);
  put_hashed_blob(sha256, content);
  return sha256;
}

void model_store::put_hashed_blob(const std::string& sha256, byte_span content) const {
  const auto path = blob_path(sha256);
  if (!has_file_of_size(path, content.size())) install(path, content);
}

std::string model_store::put_manifest(const manifest& m) const {
  const auto bytes = encode_manifest(m);
  auto id = sha256_hex(bytes);
  // What cannot be read back must not be written; this also checks the graph.
  decode_manifest(bytes, "the model " + m.model.name);
  install(manifest_path(id), bytes);
  use(id);
  return id;
}

void model_store::set_name(const std::string& name, const name_record& record) const {
  validate(record, "The name " + name);
  install(name_path(name), as_bytes(format_name_record(record)));
}

fs::path model_store::use_path(const std::string& identity) const {
  return folder_ / "uses" / checked_digest(identity);
}

std::optional<file_lock> model_store::use(const std::string& identity) const {
  const auto path = use_path(identity);
  // Models on a medium that cannot be written can be used as well; nothing will be dropped there.
  if (::access(folder_.c_str(), W_OK) != 0 && (errno == EROFS || errno == EACCES))
    return std::nullopt;
  const auto guard = lock(file_lock::mode::shared);
  auto held = file_lock::take(path, file_lock::mode::shared);
  ::futimens(held.descriptor(), nullptr);
  return held;
}

bool model_store::is_in_use(const std::string& identity) const {
  const auto path = use_path(identity);
  std::error_code error;
  if (!fs::exists(path, error)) return false;
  try {
    return !file_lock::try_take(path, file_lock::mode::exclusive);
  } catch (const user_error&) {
    return false;  // another user's file, which cannot be opened for writing
  }
}

std::optional<std::chrono::system_clock::time_point> model_store::last_use(
    const std::string& identity) const {
  for (const auto& path : {use_path(identity), manifest_path(identity)}) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0)
      return std::chrono::system_clock::from_time_t(info.st_mtim.tv_sec) +
             std::chrono::duration_cast<std::chrono::system_clock::duration>(
                 std::chrono::nanoseconds{info.st_mtim.tv_nsec});
  }
  return std::nullopt;
}

}  // namespace bramble
