#include "model/import/shared_weights.hpp"

#include <ATen/core/Tensor.h>

#include <map>
#include <tuple>
#include <utility>

#include "model/import/references.hpp"

namespace bramble {

void share_equal_weights(converted_model& converted) {
  using content = std::tuple<std::string, std::vector<std::int64_t>, element_type, bool>;
  std::map<content, weight_id> known;
  std::vector<weight_id> number;
  std::vector<weight_info> infos;
  std::vector<at::Tensor> kept;
  number.reserve(converted.weights.size());
  for (std::size_t i = 0; i < converted.weights.size(); ++i) {
    const auto& info = converted.model.weights[i];
    const auto [entry, is_new] =
        known.try_emplace({info.sha256, info.shape, info.type, info.stored_as_half},
                          static_cast<weight_id>(kept.size()));
    if (is_new) {
      infos.push_back(info);
      kept.push_back(converted.weights[i]);
    }
    number.push_back(entry->second);
  }
  for (auto& o : converted.model.ops) for_each_weight(o, [&](weight_id& id) { id = number[id]; });
  converted.model.weights = std::move(infos);
  converted.weights = std::move(kept);
}

}  // namespace bramble
