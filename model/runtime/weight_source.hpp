#pragma once

#include <memory>
#include <vector>

#include "model/graph/region.hpp"
#include "model/runtime/blob.hpp"

namespace bramble {

/// The weights of one graph as they lie in their blobs. Not thread-safe.
class weight_source {
 public:
  weight_source(std::shared_ptr<const graph> g, blob_loader load);

  /// Dense, in the weight's own shape and type (widened where the blob holds halves), while anybody
  /// keeps it. Throws `user_error` when
  /// the blob cannot be had or has another size than the graph says.
  blob get(weight_id id);

  /// The same of some rows along its first axis: a node that makes a slice of channels widens,
  /// reads and keeps no more than that slice's weights.
  blob part(weight_id id, interval rows);

  const graph& model() const { return *graph_; }

 private:
  struct shared_blob {
    std::weak_ptr<const void> keep;
    byte_span bytes;
  };
  struct widened_part {
    interval rows;
    shared_blob content;
  };

  blob file(weight_id id);

  std::shared_ptr<const graph> graph_;
  blob_loader load_;
  // Two kernels of one op share its mapping, and what was widened of it.
  std::vector<shared_blob> files_;
  std::vector<std::vector<widened_part>> widened_;
};

/// The elements of an f32 weight.
inline const float* floats_of(const blob& b) {
  return reinterpret_cast<const float*>(b.bytes.data());
}

}  // namespace bramble
