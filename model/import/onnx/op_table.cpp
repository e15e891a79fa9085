#include "model/import/onnx/op_table.hpp"

#include <unordered_map>

namespace bramble {
namespace {

std::unordered_map<std::string, const onnx_op*> all_ops() {
  std::unordered_map<std::string, const onnx_op*> out;
  for (const auto* family :
       {&onnx_arithmetic(), &onnx_activations(), &onnx_logic(),        &onnx_reductions(),
        &onnx_orderings(),  &onnx_layouts(),     &onnx_choices(),      &onnx_scatterings(),
        &onnx_paddings(),   &onnx_generators(),  &onnx_convolutions(), &onnx_poolings(),
        &onnx_norms(),      &onnx_products(),    &onnx_resizings(),    &onnx_samplings(),
        &onnx_regions(),    &onnx_spectra(),     &onnx_recurrences(),  &onnx_quantisations()})
    for (const auto& op : *family) out[op.name] = &op;
  return out;
}

}  // namespace

const onnx_op* find_onnx_op(const std::string& name) {
  static const auto all = all_ops();
  const auto found = all.find(name);
  return found == all.end() ? nullptr : found->second;
}

std::string why_no_onnx_op(const std::string& name) {
  static const std::unordered_map<std::string, std::string> reasons{
      {"Bernoulli", "is random"},
      {"Multinomial", "is random"},
      {"RandomNormal", "is random"},
      {"RandomNormalLike", "is random"},
      {"RandomUniform", "is random"},
      {"RandomUniformLike", "is random"},
      {"StringNormalizer", "works on texts"},
      {"TfIdfVectorizer", "works on texts"},
      {"StringConcat", "works on texts"},
      {"StringSplit", "works on texts"},
      {"RegexFullMatch", "works on texts"},
      {"ConcatFromSequence", "works on sequences"},
      {"SequenceAt", "works on sequences"},
      {"SequenceConstruct", "works on sequences"},
      {"SequenceEmpty", "works on sequences"},
      {"SequenceErase", "works on sequences"},
      {"SequenceInsert", "works on sequences"},
      {"SequenceLength", "works on sequences"},
      {"SequenceMap", "works on sequences"},
      {"SplitToSequence", "works on sequences"},
      {"Optional", "works on optional values"},
      {"OptionalGetElement", "works on optional values"},
      {"OptionalHasElement", "works on optional values"},
      {"NonMaxSuppression", "makes as many boxes as there are"}};
  const auto found = reasons.find(name);
  return found == reasons.end() ? std::string{} : found->second;
}

}  // namespace bramble
