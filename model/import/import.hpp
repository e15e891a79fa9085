#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/graph/store.hpp"
#include "model/import/progress.hpp"

namespace bramble {

struct import_request {
  std::string file;
  /// Of each input of the model, in order. The model is made for exactly these.
  std::vector<std::vector<std::int64_t>> shapes;
  std::string name;  ///< empty: made from the file's name
  /// Of a photo, see `manifest`.
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> deviation{1, 1, 1};
};

struct import_result {
  std::string name;
  std::string identity;
  manifest model;
  std::uint64_t weight_bytes = 0;    ///< each blob once
  std::vector<std::string> dropped;  ///< models that went to make room for it
};

/// Brings a TorchScript file into the store under its name; another model of that name loses the
/// name but stays. Throws `user_error` (with the file in it) for a file that is no TorchScript, a
/// shape the model does not take, a model that decides by its input's values, or no room for it;
/// then the store is as before. Uses the calling thread's LibTorch threads.
import_result import_torchscript(const model_store& store, const import_request& request,
                                 const import_progress& progress = {});

/// The built-in model, see `make_inception_v4`; also written as a TorchScript file where
/// `torchscript` names one.
import_result build_inception_v4(const model_store& store, std::uint32_t seed = 1,
                                 const std::string& name = "inception_v4",
                                 const import_progress& progress = {},
                                 const std::string& torchscript = {});

/// "models/Res Net.pt" becomes "Res_Net".
std::string model_name_of_file(const std::string& file);

}  // namespace bramble
