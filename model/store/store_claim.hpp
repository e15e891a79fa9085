#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/base/file_lock.hpp"
#include "model/store/store.hpp"

namespace bramble {

/// Held while a model is being stored: the blobs it names stay, although no manifest uses them yet,
/// whoever removes models or makes room meanwhile. It is a file `claims/PID-N` that lists them and
/// is locked while its process lives; a file that nobody locks is of a process that was killed, and
/// protects nothing any more.
///
/// At its end the blobs that no manifest uses go: those of an import that did not come to its end.
class import_claim {
 public:
  explicit import_claim(const model_store& store);
  import_claim(const import_claim&) = delete;
  import_claim& operator=(const import_claim&) = delete;
  ~import_claim();

  /// To be called before looking which of them are there. Throws `user_error`.
  void add(const std::vector<std::string>& sha256s);

  /// At its end nothing goes at once: a fetch that failed can go on where it was. The next import
  /// clears up.
  void keep_for_later() { keep_ = true; }

 private:
  model_store store_;
  std::filesystem::path path_;
  file_lock file_;
  std::set<std::string> blobs_;
  bool keep_ = false;
};

}  // namespace bramble
