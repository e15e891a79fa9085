#include "model/import/functional.hpp"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "config/base/error.hpp"
#include "model/import/functional_op.hpp"
#include "model/import/memory_metadata.hpp"
#include "model/import/source_place.hpp"
#include "model/import/tensor_window.hpp"

namespace bramble {
namespace {

using c10::IValue;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = torch::jit::prim;

class functional_form {
 public:
  functional_form(Graph& graph, const std::vector<at::Tensor>& inputs, const std::string& place)
      : graph_{graph}, place_{place}, facts_{graph, inputs}, windows_{graph} {}

  void run() {
    const std::vector<Node*> nodes{graph_.nodes().begin(), graph_.nodes().end()};
    for (auto* node : nodes) {
      if (node->kind() == prim::Constant) continue;
      const torch::jit::WithInsertPoint here{node};
      try {
        convert(node);
      } catch (const not_followed& why) {
        throw user_error(place_ + ": the op " + op_and_place(node) + " " + why.what() + ".");
      }
    }
    const torch::jit::WithInsertPoint end{graph_.return_node()};
    renew_inputs(graph_.return_node());
    for (auto it = replaced_.rbegin(); it != replaced_.rend(); ++it) (*it)->destroy();
  }

 private:
  void convert(Node* node) {
    given_ = node->inputs().vec();
    renew_inputs(node);
    if (node->kind() == prim::ListConstruct) {
      items_[node->output()] = given_;
      return;
    }
    if (node->kind() == prim::ListUnpack) return unpack(node);
    if (written_arguments(node).empty()) return keep(node);
    if (const auto op = reshapes_itself(node))
      reshape_itself(node, *op);
    else
      replace(node);
    replaced_.push_back(node);
  }

  /// The window that a tensor of the trace is; null for what is no tensor.
  tensor_window* window(Value* value) {
    if (const auto found = known_.find(value); found != known_.end()) return found->second;
    const auto* facts = facts_.tensor(value);
    return facts == nullptr ? nullptr : known_[value] = windows_.add_memory(value, *facts);
  }

  /// Lets a node read what its tensors are by now.
  void renew_inputs(Node* node) {
    for (std::size_t i = 0; i < node->inputs().size(); ++i) {
      auto* input = node->input(i);
      if (const auto list = items_.find(input); list != items_.end())
        renew_list(node, i, list->second);
      else if (const auto elements = elements_.find(input); elements != elements_.end())
        check_fresh(node, elements->second);
      else if (auto* w = window(input))
        node->replaceInput(i, windows_.read(w));
    }
  }

  void renew_list(Node* node, std::size_t i, const std::vector<Value*>& items) {
    std::vector<Value*> now;
    for (auto* item : items) {
      auto* w = window(item);
      now.push_back(w == nullptr ? item : windows_.read(w));
    }
    const auto before = node->input(i)->node()->inputs();
    if (std::equal(now.begin(), now.end(), before.begin(), before.end())) return;
    const auto element = node->input(i)->type()->containedType(0);
    node->replaceInput(i, graph_.insertNode(graph_.createList(element, now))->output());
  }

  static void check_fresh(const Node* node, const std::vector<tensor_window*>& elements) {
    if (node->kind() == prim::ListUnpack) return;
    for (const auto* w : elements)
      if (w != nullptr && !w->is_fresh())
        throw not_followed("reads a list of parts of a tensor that was written into since");
  }

  /// A node that writes nothing stays; its results may be views.
  void keep(Node* node) {
    for (auto* output : node->outputs()) {
      if (const auto* facts = facts_.tensor(output)) {
        auto* w = seen_by(node, node->kind().toQualString(), *facts, {});
        if (w == nullptr) continue;
        known_[output] = w;
        if (w->value == nullptr) w->value = output;
      } else if (const auto* list = facts_.list(output)) {
        part_of_list part;
        for (const auto& facts : *list) {
          elements_[output].push_back(seen_by(node, node->kind().toQualString(), facts, part));
          part.before.push_back(facts.shape);
        }
      }
    }
  }

  void unpack(Node* node) {
    const auto found = elements_.find(given_[0]);
    if (found == elements_.end()) return;
    for (std::size_t i = 0; i < node->outputs().size(); ++i) {
      auto* w = found->second.at(i);
      if (w == nullptr) continue;
      known_[node->output(i)] = w;
      if (w->value == nullptr) w->value = node->output(i);
    }
  }

  /// The window that a result of `node` is; null when it has memory of its own.
  tensor_window* seen_by(Node* node, const std::string& op, const memory_facts& result,
                         const std::optional<part_of_list>& part) {
    for (std::size_t i = 0; i < given_.size(); ++i) {
      const auto* facts = facts_.tensor(given_[i]);
      if (facts != nullptr && facts->storage == result.storage)
        return seen_in(window(given_[i]), *facts, {node, op, arguments(), i, {}, {}, part}, result);
      const auto list = items_.find(given_[i]);
      if (list == items_.end()) continue;
      for (auto* item : list->second) {
        const auto* whole = facts_.tensor(item);
        if (whole == nullptr || whole->storage != result.storage) continue;
        // Of an op on several tensors no step is known.
        return seen_in(window(item), *whole, {nullptr, op, {}, 0, {}, {}, part}, result);
      }
    }
    return nullptr;
  }

  tensor_window* seen_in(tensor_window* whole, const memory_facts& facts, traced_view view,
                         const memory_facts& result) {
    if (facts.storage == memory_facts::nowhere) return nullptr;
    if (facts.same_place(result)) return whole;
    view.from = facts.shape;
    view.to = result.shape;
    return windows_.add_view(whole, view, facts.type == result.type);
  }

  /// What the op was given; undefined tensors stand for tensors.
  std::vector<IValue> arguments() const {
    std::vector<IValue> out;
    for (const auto* value : given_) {
      const bool is_tensor = facts_.tensor(value) != nullptr || facts_.list(value) != nullptr;
      out.push_back(is_tensor ? IValue{at::Tensor{}} : facts_.other(value));
    }
    return out;
  }

  /// Only how its own tensor is seen changes; nothing is written.
  void reshape_itself(Node* node, const std::string& op) {
    auto* w = seen_by(node, op, *facts_.tensor(node->output()), {});
    known_[node->output()] = w;
    if (w->value == nullptr) w->after = tensor_window::stale;  // the op itself goes
  }

  void replace(Node* node) {
    const auto written = written_arguments(node);
    for (auto i : written)
      if (facts_.tensor(given_.at(i)) == nullptr)
        throw not_followed("writes into a list of tensors, which cannot be followed");
    for (auto* output : node->outputs()) {
      const auto* facts = facts_.tensor(output);
      if (facts != nullptr && facts->shape != facts_.tensor(given_[written[0]])->shape)
        throw not_followed("changes the shape of a tensor in place, which cannot be followed");
    }
    const auto contents = contents_of(node, written);
    for (std::size_t i = 0; i < written.size(); ++i) {
      auto* w = window(given_[written[i]]);
      windows_.write(w, contents[i]);
      if (i < node->outputs().size()) known_[node->output(i)] = w;
    }
  }

  /// What a node would write into each of its written arguments.
  std::vector<Value*> contents_of(Node* node, const std::vector<std::size_t>& written) {
    const auto& self = *facts_.tensor(given_[written[0]]);
    const std::string op = node->kind().toQualString();
    const auto* source = given_.size() > 1 ? facts_.tensor(given_[1]) : nullptr;
    if (op == "aten::zero_") return {filled(graph_, graph_.insertConstant(std::int64_t{0}), self)};
    if (op == "aten::fill_" && source == nullptr) return {filled(graph_, node->input(1), self)};
    if ((op == "aten::fill_" || op == "aten::copy_") && source != nullptr)
      return {fitted(graph_, node->input(1), *source, self)};
    auto* made = functional_op(graph_, node);
    if (made == nullptr)
      throw not_followed("writes in place, and LibTorch has no form of it that does not");
    std::vector<Value*> out;
    for (std::size_t i = 0; i < written.size(); ++i) {
      const auto& wanted = *facts_.tensor(given_[written[i]]);
      out.push_back(keeps_type(node, wanted.type) ? made->output(i)
                                                  : of_type(graph_, made->output(i), wanted.type));
    }
    return out;
  }

  /// Whether the op that does not write makes a tensor of type `wanted` by itself.
  bool keeps_type(const Node* node, at::ScalarType wanted) const {
    if (!at::isFloatingType(wanted) || decides(node)) return false;
    return std::all_of(given_.begin(), given_.end(), [&](const Value* value) {
      const auto* facts = facts_.tensor(value);
      return facts == nullptr || facts->type == wanted;
    });
  }

  Graph& graph_;
  std::string place_;
  memory_record facts_;
  tensor_windows windows_;
  std::vector<Value*> given_;  ///< the inputs of the node at hand, as they were traced
  std::unordered_map<Value*, tensor_window*> known_;
  std::unordered_map<Value*, std::vector<Value*>> items_;  ///< of lists, as they were traced
  std::unordered_map<Value*, std::vector<tensor_window*>> elements_;  ///< of lists of results
  std::vector<Node*> replaced_;
};

}  // namespace

void make_functional(Graph& graph, const std::vector<at::Tensor>& inputs,
                     const std::string& place) {
  const auto nodes = graph.nodes();
  if (std::any_of(nodes.begin(), nodes.end(),
                  [](const Node* node) { return !written_arguments(node).empty(); }))
    functional_form{graph, inputs, place}.run();
}

}  // namespace bramble
