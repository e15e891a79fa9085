#include "console/infer_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "config/defaults_measuring.hpp"
#include "config/defaults_stream.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"
#include "console/terminal.hpp"
#include "model/graph/element_name.hpp"

namespace bramble {
namespace {

/// "waited 1.2 s for its turn"; empty where that is not worth a word.
std::string queue_text(const infer_reply& reply) {
  if (reply.queued_ms < defaults::queue_told_ms) return {};
  const auto time = reply.queued_ms < 1000 ? fixed(reply.queued_ms, 0) + " ms"
                                           : fixed(reply.queued_ms / 1000, 1) + " s";
  return "waited " + time + " for its turn";
}

/// One digit, "3e-4": more of it would be of that one comparison.
std::string error_text(double error) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.0e", error);
  std::string out{text.data()};
  const auto exponent = out.find('e') + 2;  // behind its sign
  out.erase(exponent, std::min(out.find_first_not_of('0', exponent), out.size() - 1) - exponent);
  return out;
}

/// What the answer's bits are worth; empty where the host did not say.
std::string bits_text(const infer_reply& reply) {
  auto out = !reply.exactness.empty() ? reply.exactness
             : reply.exact            ? std::string{"bit for bit one node's answer"}
                                      : std::string{};
  if (reply.wire != wire_type::fp32 && reply.wire_error > 0)
    out += std::string{out.empty() ? "" : "; "} + name_of(reply.wire) +
           " on the wire, which differed by " + error_text(reply.wire_error) +
           " when last compared";
  return out;
}

}  // namespace

std::string describe(const model_description& model, const infer_reply& reply, const answer& what,
                     double threshold) {
  auto out = describe(what, threshold);
  if (out.empty())
    for (std::size_t i = 0; i < reply.outputs.size(); ++i)
      out += name_of_output(model, i, reply.outputs.size()) + "  " +
             format_shape(reply.outputs[i].shape) + "  " + name_of(reply.outputs[i].type) + "\n";
  const auto nodes = joined(reply.nodes);
  // Less than a piece or two is nothing to be told.
  const bool waited = reply.waited_ms > defaults::waiting_told_share * reply.latency_ms;
  out += fixed(reply.latency_ms, 1) + " ms (" +
         (waited ? fixed(reply.waited_ms, 0) + " of them waiting for other requests; " : "") +
         "predicted " + fixed(reply.predicted_ms, 1) + ") by " + reply.method + " on " + nodes +
         ", " + megabytes(reply.bytes) + " between nodes\n";
  if (const auto queue = queue_text(reply); !queue.empty()) out += queue + "\n";
  if (const auto bits = bits_text(reply); !bits.empty()) out += bits + "\n";
  if (reply.attempts > 1)
    out += "A node failed on the way; the answer is of attempt " + std::to_string(reply.attempts) +
           ".\n";
  if (!model.remark.empty()) out += model.remark + "\n";
  return out;
}

nlohmann::json to_json(const std::string& model, const infer_reply& reply, const answer& what,
                       const std::vector<std::string>& warnings) {
  auto classes = nlohmann::json::array();
  if (const auto* top = std::get_if<std::vector<class_score>>(&what))
    for (const auto& each : *top)
      classes.push_back({{"index", each.index}, {"label", each.label}, {"p", each.p}});
  nlohmann::json out{{"model", model},
                     {"identity", reply.identity},
                     {"host", reply.host},
                     {"epoch", reply.epoch},
                     {"method", reply.method},
                     {"latency_ms", reply.latency_ms},
                     {"waited_ms", reply.waited_ms},
                     {"queued_ms", reply.queued_ms},
                     {"predicted_ms", reply.predicted_ms},
                     {"bytes", reply.bytes},
                     {"attempts", reply.attempts},
                     {"nodes", reply.nodes},
                     {"exact", reply.exact},
                     {"exactness", reply.exactness},
                     {"wire", name_of(reply.wire)},
                     {"wire_error", reply.wire_error},
                     {"top", classes},
                     {"warnings", warnings},
                     {"output_sha256", output_sha256(reply.outputs)}};
  add_json(out, what);
  return out;
}

std::string describe_briefly(const std::string& file, const infer_reply& reply,
                             const answer& what) {
  auto out = shown_path(file);
  const auto told = describe_briefly(what);
  if (!told.empty()) out += "  " + told;
  if (told.empty())
    for (const auto& tensor : reply.outputs) out += "  output " + format_shape(tensor.shape);
  out += "  " + fixed(reply.latency_ms, 1) + " ms";
  if (const auto queue = queue_text(reply); !queue.empty()) out += ", " + queue;
  return out;
}

std::string describe_failure(const std::string& file, const std::string& why) {
  return shown_path(file) + "  failed: " + why;
}

nlohmann::json failure_json(const std::exception& why) {
  nlohmann::json out{{"error", why.what()}};
  if (const auto* busy = dynamic_cast<const node_is_busy*>(&why)) {
    out["busy"] = true;
    out["retry_after_ms"] = busy->after.count();
  }
  return out;
}

std::string json_line(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_text(const nlohmann::json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string shown_path(const std::string& file) {
  const bool plain = is_text(file) && file.find('\t') == std::string::npos;
  return plain ? file : printable(file, file.size());
}

}  // namespace bramble
