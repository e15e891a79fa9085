#pragma once

#include <string>

#include "model/import/onnx/node_call.hpp"

namespace bramble {

/// The code for an op of ONNX's own domain; null where there is none.
const onnx_op* find_onnx_op(const std::string& name);

/// Why there is none and cannot be one: "makes random numbers". Empty for an unknown op.
std::string why_no_onnx_op(const std::string& name);

// Each family is a file of its own.
const std::vector<onnx_op>& onnx_arithmetic();
const std::vector<onnx_op>& onnx_activations();
const std::vector<onnx_op>& onnx_logic();
const std::vector<onnx_op>& onnx_reductions();
const std::vector<onnx_op>& onnx_orderings();
const std::vector<onnx_op>& onnx_layouts();
const std::vector<onnx_op>& onnx_choices();
const std::vector<onnx_op>& onnx_scatterings();
const std::vector<onnx_op>& onnx_paddings();
const std::vector<onnx_op>& onnx_generators();
const std::vector<onnx_op>& onnx_convolutions();
const std::vector<onnx_op>& onnx_poolings();
const std::vector<onnx_op>& onnx_norms();
const std::vector<onnx_op>& onnx_products();
const std::vector<onnx_op>& onnx_resizings();
const std::vector<onnx_op>& onnx_samplings();
const std::vector<onnx_op>& onnx_regions();
const std::vector<onnx_op>& onnx_spectra();
const std::vector<onnx_op>& onnx_recurrences();
const std::vector<onnx_op>& onnx_quantisations();

}  // namespace bramble
