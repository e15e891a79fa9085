#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "model/plan/op_table.hpp"
#include "model/runtime/device_model.hpp"

namespace bramble {

/// Called with regions timed so far and in all.
using calibration_progress = std::function<void(std::size_t done, std::size_t total)>;

/// Times every op of the model on this device, whole and, where it can be divided, on strips of
/// about 3/4, 1/2, 1/3, 1/4 and 1/8 of its rows from its middle (a halo on both sides); where it
/// has weights, also on slices of 1/2, 1/4 and 1/8 of its channels. Ops that
/// differ in their weights only are timed once. Values do not matter: `zero_blobs` will do for a
/// device that has no weights yet. On the device's computing thread, which it keeps for seconds;
/// when `stop` (may be empty) says true between two kernels, what is measured so far comes back.
///
/// First, where the device's options share choices, every backend that can make a convolution makes
/// it whole, and the fastest is the choice for all ops like it.
///
/// Last, finds out which bits the device gives each op, whole and in parts (`exactness_probe`): one
/// more round.
///
/// An atom that does not run on made-up inputs has no samples: the cost model then guesses.
///
/// Weights of at most `most_weight_bytes` are there at once, if ops can be timed one group after
/// the other or by slices of their channels alone: a node need not have room for the model that it
/// takes a part of. 0: defaults::calibration_memory_share of the machine's memory.
op_table calibrate(device_model& device, const calibration_progress& progress = {},
                   const std::function<bool()>& stop = {}, std::uint64_t most_weight_bytes = 0);

/// Computes ops as it is wished, in place of how `table`, a calibration of this device and model,
/// has them, where that takes at most `defaults::exactness_cost` times as long: these, and all ops
/// like them, are measured anew. Returns how many kinds of ops changed; a wish for what this device
/// cannot do changes nothing. For seconds, like `calibrate`.
std::size_t adopt_kernels(device_model& device, op_table& table,
                          const std::vector<kernel_wish>& wishes);

/// Makes the backends of a kept table the choices that the device's options share.
void use_choices(const device_model& device, const op_table& table);

/// Sum over all ops, whole: what one request takes on this device alone.
double whole_model_ms(const op_table& table);

/// What a calibration is good for: this kind of processor, with these libraries, for this model.
std::string calibration_key(const runtime_options& options, const std::string& model_identity);

/// Writes atomically. Throws `user_error` when the file cannot be written.
void save_calibration(const std::filesystem::path& path, const std::string& key,
                      const op_table& table);

/// Empty when there is no file, it is of another key or number of ops, or it is damaged: whoever
/// asks measures again.
std::optional<op_table> load_calibration(const std::filesystem::path& path, const std::string& key,
                                         std::size_t ops);

}  // namespace bramble
