#pragma once

#include <algorithm>

#include "model/graph/graph.hpp"

namespace bramble {

/// Calls `change` with every reference of one kind (`value_ref`, `weight_ref`) among the arguments
/// of a call, lists included.
template <class Reference, class Change>
void for_each_reference(registry_call& call, Change change) {
  for (auto& arg : call.arguments) {
    if (auto* ref = std::get_if<Reference>(&arg)) change(ref->id);
    if (auto* list = std::get_if<tensor_list>(&arg))
      for (auto& item : list->items)
        if (auto* ref = std::get_if<Reference>(&item)) change(ref->id);
  }
}

/// Every weight that an op reads.
template <class Change>
void for_each_weight(op& o, Change change) {
  std::for_each(o.weights.begin(), o.weights.end(), change);
  for_each_reference<weight_ref>(o.call, change);
}

}  // namespace bramble
