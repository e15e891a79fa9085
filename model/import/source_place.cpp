#include "model/import/source_place.hpp"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include "config/parse.hpp"

namespace bramble {
namespace {

using torch::jit::Node;

constexpr std::size_t longest_place = 120;

void note_line(Node* node) {
  const auto frames = torch::jit::currentCallstack();
  if (!frames.empty()) node->setSourceRange(frames.back().range);
}

void note_nothing(Node*) {}

}  // namespace

std::string place_of(const Node* node) {
  auto range = node->sourceRange();
  // A saved file has generated source; where it was made from is known besides.
  if (const auto original = range.findSourceRangeThatGenerated()) range = *original;
  const auto place = range.file_line_col();
  if (!place) return {};
  return " at " + printable(std::get<0>(*place), longest_place) + ":" +
         std::to_string(std::get<1>(*place));
}

std::string op_and_place(const Node* node) {
  return node->kind().toQualString() + place_of(node);
}

traced_source_lines::traced_source_lines() {
  torch::jit::tracer::setRecordSourceLocation(note_line);
}

traced_source_lines::~traced_source_lines() {
  torch::jit::tracer::setRecordSourceLocation(note_nothing);
}

}  // namespace bramble
