#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "console/stop_flag.hpp"

namespace bramble {

/// Where a stream's files come from.
class input_source {
 public:
  input_source() = default;
  input_source(const input_source&) = delete;
  input_source& operator=(const input_source&) = delete;
  virtual ~input_source() = default;

  /// Waits for the next file; nothing: there is none any more, or somebody wants to stop. Throws
  /// `user_error` when what it reads is broken. One thread at a time.
  virtual std::optional<std::string> next() = 0;
  virtual std::optional<std::size_t> total() const { return std::nullopt; }
};

/// Files that are known.
class listed_inputs : public input_source {
 public:
  explicit listed_inputs(std::vector<std::string> files) : files_{std::move(files)} {}
  std::optional<std::string> next() override;
  std::optional<std::size_t> total() const override { return files_.size(); }

 private:
  std::vector<std::string> files_;
  std::size_t given_ = 0;
};

/// A path a line, as they come; empty lines mean nothing.
class typed_paths : public input_source {
 public:
  /// `fd` is not closed.
  typed_paths(int fd, const stop_flag& stop) : fd_{fd}, stop_{stop} {}
  std::optional<std::string> next() override;

 private:
  std::optional<std::string> take_line();

  int fd_;
  const stop_flag& stop_;
  std::string text_;  ///< read, and not given yet
  bool ended_ = false;
};

/// Whether a file of a folder is meant: one whose name or first bytes are those of a picture or of
/// an .npy file, or that has just the `raw_bytes` of the input. A broken picture is one. Hidden
/// files are not: programs write to them before they give a file its name.
bool may_be_input(const std::string& file, std::uint64_t raw_bytes);

/// Files of a folder, by name.
struct folder_listing {
  std::vector<std::string> files;
  std::size_t skipped = 0;  ///< that are neither pictures nor tensors
};
folder_listing list_folder(const std::string& folder, std::uint64_t raw_bytes);

/// Files as they are, folders as what is in them.
folder_listing expand(const std::vector<std::string>& words, std::uint64_t raw_bytes);

}  // namespace bramble
