#pragma once

#include <cstdint>

/// The numbers behind the reading of ONNX files; those of imports in general are in
/// config/defaults_import.hpp.
namespace bramble::defaults {

/// What a file may announce before anything is made of it, and what may be run of it with loops
/// written out. The largest exported networks (language models of a hundred layers, unrolled
/// detectors) have 20,000 nodes; a message of two bytes in the file takes 150 bytes in memory.
inline constexpr std::uint64_t onnx_nodes_limit = 50'000;
inline constexpr std::uint64_t onnx_messages_limit = 2'000'000;

/// How deep graphs may be nested in the attributes of If and Loop.
inline constexpr unsigned onnx_depth_limit = 16;

/// LibTorch follows the nodes of a graph by calling itself: 400 bytes for each. A main thread's
/// stack can grow to 128 MB.
inline constexpr std::uint64_t onnx_stack_bytes = 112ULL << 20;

/// What tensors may take while a file is translated, besides so many times its own size:
/// activations of one image are under 2 GB in the largest networks for pictures.
inline constexpr std::uint64_t onnx_memory_bytes = 4ULL << 30;
inline constexpr std::uint64_t onnx_memory_per_file_byte = 8;

/// Elements of one tensor: 1 GB of float32, twice the largest table of a published language model
/// that fits an 8 GB board.
inline constexpr std::int64_t onnx_elements_limit = 1LL << 28;

/// Elements of one tensor that the file announces but does not hold: what a constant is grown to,
/// or an input's shape. 256 MB of float32.
inline constexpr std::int64_t onnx_grown_elements_limit = 1LL << 26;

/// How often the body of a loop whose count is known is written out.
inline constexpr std::int64_t onnx_loop_limit = 10'000;

/// Steps of a recurrent layer that LibTorch has no layer for, each some 20 nodes.
inline constexpr std::int64_t onnx_steps_limit = 1'000;

/// Opsets of ONNX's own domain: broadcasting as today's came with 7, at the end of 2017.
inline constexpr std::int64_t onnx_oldest_opset = 7;

/// Of a list of names in one sentence.
inline constexpr std::size_t onnx_names_listed = 12;

}  // namespace bramble::defaults
