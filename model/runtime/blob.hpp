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

/// The n-th of a sequence of numbers that look random: whole ones, and ones in [-1, 1) that use all
/// digits of a float, so that sums of products show the order they were added in.
std::uint32_t mixed(std::uint64_t n);
float made_up_number(std::uint64_t n);

/// Gives a weight's bytes by SHA-256; throws `user_error` when it has none.
using blob_loader = std::function<blob(const std::string& sha256)>;

/// The file mapped read-only: it costs memory only where it is read, and that can be reclaimed.
/// Throws `user_error` naming the path when it cannot be mapped.
blob map_file(const std::filesystem::path& path);

/// Zeros of the right size for every weight of `g`, without memory of their own: for calibrating a
/// device before the weights have arrived. No kernel's time depends on the values.
blob_loader zero_blobs(const graph& g);

/// Numbers between 1/4 and 1 1/4 of the right size for every weight of `g`, the same in every
/// process: for comparing what kernels make. All weights are the same two megabytes, again and
/// again, so that a model which does not fit into memory can be tried. Indices and flags are zeros.
blob_loader made_up_blobs(const graph& g);

}  // namespace bramble
