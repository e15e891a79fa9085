#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/graph/region.hpp"

namespace bramble {

/// Measured time of one op at several sizes of output, on one device with its usual threads.
struct op_sample {
  std::int64_t rows =
      0;  ///< output rows of the region (all channels and columns); extent: whole op
  double ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(rows, ms);
  }
};

/// The same of a slice of its output channels (all rows and columns).
struct slice_sample {
  std::int64_t channels = 0;
  double ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(channels, ms);
  }
};

/// The library, or own code, that computes an op.
enum class backend : std::uint8_t { own, onednn, xnnpack, libtorch };
const char* name_of(backend b);

/// Which bits a device gives one op, as far as a calibration found out by making it of made-up
/// data.
struct op_bits {
  std::uint64_t whole = 0;  ///< a hash of what the whole op makes; 0: not known
  bool parts = false;       ///< every part that was tried had the bits of the whole op's same part

  friend bool operator==(const op_bits&, const op_bits&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(whole, parts);
  }
};

/// What is to compute an op; see `op_table::backends` and `codes`.
struct kernel_wish {
  op_id op = 0;
  backend by = backend::own;
  std::string code;  ///< empty: the backend's own choice

  friend bool operator==(const kernel_wish&, const kernel_wish&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(op, by, code);
  }
};

/// A device's calibration for one model: what the cost model reads. Times are what the device (or
/// its emulation) takes in wall-clock milliseconds.
struct op_table {
  std::vector<std::vector<op_sample>> ops;  ///< by op_id; samples ascending by rows; may be empty
  std::vector<backend> backends;  ///< by op_id: what was fastest and is timed above; or empty
  /// By op_id, or empty; ascending by channels, the whole op last. Of ops with weights, since a
  /// strip of rows reads all weights and a slice of channels only its own.
  std::vector<std::vector<slice_sample>> slices;
  /// By op_id, or empty: two devices that have an equal hash give the op equal bits, whoever made
  /// their processors.
  std::vector<op_bits> bits = {};
  /// By op_id, or empty: the backend's name of the code that was chosen; empty: its own choice.
  std::vector<std::string> codes = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(ops, backends, slices, bits, codes);
  }

  /// Whether the op was measured at all.
  bool knows(op_id op) const { return op < ops.size() && !ops[op].empty(); }
  /// Its times, and those of all ops, multiplied by `factor`.
  void stretch(op_id op, double factor);
  void stretch(double factor);
};

/// The measured slices of an op; none where there are none. Its bits; none known where the table
/// does not say. The code that was chosen; empty likewise.
const std::vector<slice_sample>& slices_of(const op_table& table, op_id op);
op_bits bits_of(const op_table& table, op_id op);
std::string code_of(const op_table& table, op_id op);

/// Of what computes each op: tables with equal ones have the same kernels.
std::uint64_t kernels_of(const op_table& table);

/// Whether all times are finite and none is negative, and each op's samples ascend from at least 1.
bool is_sound(const op_table& table);

/// What a piece takes of an op that the table knows, whose whole output is `whole`: interpolated
/// over rows; of fewer columns, in proportion but for the part that does not shrink with rows
/// either; of fewer channels, by the measured slices, without any like columns.
double piece_ms(const op_table& table, op_id op, const region& out, const region& whole);

/// No set of pieces that makes the whole op takes less than this.
double least_ms(const op_table& table, op_id op, const region& whole);

}  // namespace bramble
