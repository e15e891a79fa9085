#include "console/infer_report.hpp"

#include "config/defaults_measuring.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"
#include "console/terminal.hpp"

namespace bramble {

std::string describe(const model_description& model, const infer_reply& reply,
                     const std::vector<class_score>& top) {
  std::string out;
  for (const auto& each : top)
    out += fixed(100 * each.p, 2) + " %  class " + std::to_string(each.index) +
           (each.label.empty() ? "" : "  " + each.label) + "\n";
  if (top.empty())
    for (const auto& tensor : reply.outputs) out += "output " + format_shape(tensor.shape) + "\n";
  const auto nodes = joined(reply.nodes);
  // Less than a piece or two is nothing to be told.
  const bool waited = reply.waited_ms > defaults::waiting_told_share * reply.latency_ms;
  out += fixed(reply.latency_ms, 1) + " ms (" +
         (waited ? fixed(reply.waited_ms, 0) + " of them waiting for other requests; " : "") +
         "predicted " + fixed(reply.predicted_ms, 1) + ") by " + reply.method + " on " + nodes +
         ", " + megabytes(reply.bytes) + " between nodes\n";
  if (reply.attempts > 1)
    out += "A node failed on the way; the answer is of attempt " + std::to_string(reply.attempts) +
           ".\n";
  if (!model.remark.empty()) out += model.remark + "\n";
  return out;
}

nlohmann::json to_json(const std::string& model, const infer_reply& reply,
                       const std::vector<class_score>& top,
                       const std::vector<std::string>& warnings) {
  auto classes = nlohmann::json::array();
  for (const auto& each : top)
    classes.push_back({{"index", each.index}, {"label", each.label}, {"p", each.p}});
  return {{"model", model},
          {"identity", reply.identity},
          {"host", reply.host},
          {"epoch", reply.epoch},
          {"method", reply.method},
          {"latency_ms", reply.latency_ms},
          {"waited_ms", reply.waited_ms},
          {"predicted_ms", reply.predicted_ms},
          {"bytes", reply.bytes},
          {"attempts", reply.attempts},
          {"nodes", reply.nodes},
          {"top", classes},
          {"warnings", warnings},
          {"output_sha256", output_sha256(reply.outputs)}};
}

}  // namespace bramble
