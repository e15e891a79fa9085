#pragma once

#include <memory>
#include <string>

#include "model/runtime/device_model.hpp"
#include "model/store/store.hpp"

namespace bramble {

/// A stored model on this device, its weights mapped from their files. While it lives the
/// model makes no room for others in the store. Throws `user_error` when it
/// is not complete. See `device_model` for threads.
std::shared_ptr<device_model> open_model(const model_store& store, const std::string& identity,
                                         const runtime_options& options);

}  // namespace bramble
