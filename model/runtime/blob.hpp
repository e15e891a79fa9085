#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "model/graph/graph.hpp"

namespace bramble {

/// Bytes that stay valid while `keep` (or a copy of it) lives.
struct blob {
  std::shared_ptr<const void> keep;
  byte_span bytes;
};

/// Gives a weight's bytes by SHA-256; throws `user_error` when it has none.
using blob_loader = std::function<blob(const std::string& sha256)>;

/// The file mapped read-only: it costs memory only where it is read, and that can be reclaimed.
/// Throws `user_error` naming the path when it cannot be mapped.
blob map_file(const std::filesystem::path& path);

/// Zeros of the right size for every weight of `g`, without memory of their own: for calibrating a
/// device before the weights have arrived. No kernel's time depends on the values.
blob_loader zero_blobs(const graph& g);

}  // namespace bramble
