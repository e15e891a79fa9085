#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "model/plan/op_table.hpp"

namespace bramble {

/// What a calibration file holds: the times, and for whom they are good. Plain data, so that the
/// command line can show it without a tensor library; model/runtime makes the key and measures.
struct calibration {
  std::string key;  ///< has what the system calls its processor: tabs, and whatever else
  op_table table;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(key, table);
  }
};

/// The bytes of a calibration file, and back. `where` names the source in messages. Throws
/// `user_error` unless all times are finite and every op's samples ascend by rows.
byte_vector encode_calibration(const calibration& c);
calibration decode_calibration(byte_span bytes, const std::string& where);

/// Reads a file of at most defaults::calibration_limit_bytes; throws as `decode_calibration`.
calibration read_calibration(const std::filesystem::path& path);

/// How a key ends: with the model it is for.
std::string calibration_key_end(const std::string& model_identity);

/// The newest calibration of this model with `ops` ops in `folder`, whatever the number of threads
/// and versions it was made with; its key says. Damaged files are passed over, they are measured
/// again when they are needed.
std::optional<calibration> newest_calibration(const std::filesystem::path& folder,
                                              const std::string& model_identity, std::size_t ops);

}  // namespace bramble
