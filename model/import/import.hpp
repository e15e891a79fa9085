#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/import/inputs.hpp"
#include "model/import/progress.hpp"
#include "model/store/name_use.hpp"
#include "model/store/store.hpp"

namespace bramble {

struct import_request {
  std::string file;
  import_inputs inputs;  ///< the model is made for exactly these
  std::string name;      ///< empty: made from the file's name
  /// Of a photo, see `manifest`.
  std::vector<float> mean{};
  std::vector<float> deviation{};
  /// Of its classes; there have to be as many. The message of a mistake names `labels_file`.
  std::vector<std::string> labels{};
  std::string labels_file{};
  /// Of its photos and answers. The message of a mistake names the file.
  meaning means{};
  /// Asked when another model has the name, before anything is written. Empty: refused.
  replace_question may_replace{};
};

struct import_result {
  std::string name;
  std::string identity;
  manifest model;
  std::uint64_t weight_bytes = 0;    ///< each blob once
  std::vector<std::string> dropped;  ///< models that went to make room for it
  std::string replaced{};            ///< identity of the model that had the name; empty: none
  bool was_there = false;            ///< the name meant this very model before
};

/// Brings a TorchScript file into the store under its name; another model of that name loses the
/// name but stays, if it may be replaced. Throws `user_error` (with the file in it) for a file that
/// is no TorchScript, a shape the model does not take, a model that decides by its input's values,
/// a name that another model has, or no room for it; then the store is as before. Uses the calling
/// thread's LibTorch threads.
import_result import_torchscript(const model_store& store, const import_request& request,
                                 const import_progress& progress = {});

/// The built-in model, see `make_inception_v4`; also written as a TorchScript file where
/// `torchscript` names one.
import_result build_inception_v4(const model_store& store, std::uint32_t seed = 1,
                                 const std::string& name = "inception_v4",
                                 const import_progress& progress = {},
                                 const std::string& torchscript = {},
                                 const replace_question& may_replace = {});

/// "models/Res Net.pt" becomes "Res_Net".
std::string model_name_of_file(const std::string& file);

}  // namespace bramble
