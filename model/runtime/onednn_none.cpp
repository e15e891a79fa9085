#include "model/runtime/memory.hpp"
#include "model/runtime/onednn_convolution.hpp"
#include "model/runtime/threads.hpp"

// Built instead of the other onednn_*.cpp where oneDNN is not installed: every convolution then
// goes through LibTorch.

namespace bramble {

struct onednn_convolutions::state {};

onednn_convolutions::onednn_convolutions(weight_source&, std::shared_ptr<buffer_pool>) {}
onednn_convolutions::~onednn_convolutions() = default;

bool onednn_convolutions::can(op_id) {
  return false;
}

std::vector<std::string> onednn_convolutions::codes(op_id) {
  return {};
}

void onednn_convolutions::prefer(op_id, const std::string&) {}

std::shared_ptr<region_kernel> onednn_convolutions::make(op_id, const region&, const region&) {
  return nullptr;
}

void onednn_convolutions::release_unused() {}
void onednn_convolutions::release_code() {}
void onednn_convolutions::release_scratch() {}

void keep_no_onednn_code() {}

std::string onednn_version() {
  return "none";
}

}  // namespace bramble
