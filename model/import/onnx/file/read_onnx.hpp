#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "model/import/onnx/file/onnx_model.hpp"

namespace bramble {

/// Whether a file is to be read as ONNX: its name ends in ".onnx", or its bytes begin as those of
/// an ONNX model do and no TorchScript does.
bool looks_like_onnx(const std::string& file);

/// Reads and checks a file: that it is whole and within bounds, that its nodes are those of the
/// opsets it says (ONNX's own checker), that each name is made before it is read, and that what
/// lies in other files lies in its folder. Throws `user_error`, starting with the file's name, in
/// one sentence.
onnx_model read_onnx(const std::string& file);

/// The same for bytes; `folder` is where constants outside of them lie, and empty where none may.
onnx_model read_onnx(byte_span bytes, const std::filesystem::path& folder,
                     const std::string& place);

/// A tensor by itself, as ONNX's tests keep them. Throws `user_error`.
onnx_tensor read_onnx_tensor(const std::string& file);

/// The nodes by which ONNX defines what this one does, for `opset` and with inputs of these types;
/// empty where it does not.
std::optional<onnx_function> definition_of(const onnx_node& node, std::int64_t opset,
                                           const std::vector<onnx_type>& inputs);

bool has_definition(const onnx_node& node, std::int64_t opset);

/// The newest opset that the library here knows.
std::int64_t newest_opset();

}  // namespace bramble
