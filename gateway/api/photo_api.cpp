#include <algorithm>

#include "config/defaults_gateway.hpp"
#include "config/format.hpp"
#include "console/answers.hpp"
#include "console/infer_report.hpp"
#include "gateway/api/parts.hpp"
#include "gateway/protocol/multipart.hpp"
#include "model/image/input.hpp"
#include "model/image/npz.hpp"
#include "model/image/png_writer.hpp"
#include "model/image/tensor_file.hpp"

namespace bramble::gateway {
namespace {

/// Files for a model's inputs, in its order.
using input_files = std::vector<byte_span>;

std::string names_of(const model_card& card) {
  std::vector<std::string> names;
  names.reserve(card.inputs.size());
  for (const auto& each : card.inputs) names.push_back(each.name);
  return listed(names);
}

/// A form has a part for each input, by its name; for a model of one input the first file will do,
/// or the first part.
input_files files_of(const model_card& card, const std::vector<form_part>& parts) {
  input_files out;
  for (const auto& input : card.inputs) {
    auto at = std::ranges::find(parts, input.name, &form_part::name);
    if (at == parts.end() && card.inputs.size() == 1) {
      at = std::ranges::find_if(parts, [](const form_part& p) { return !p.filename.empty(); });
      if (at == parts.end()) at = parts.begin();
    }
    if (at == parts.end())
      throw user_error("Model " + card.name + " takes " + names_of(card) +
                       ", and the form has no part called " + input.name + ".");
    out.push_back(at->content);
  }
  return out;
}

input_files files_of(const model_card& card, http_call& call) {
  const auto body = call.body();
  const auto type = call.header("Content-Type");
  if (is_multipart(type)) return files_of(card, read_multipart(body, type));
  if (card.inputs.size() != 1)
    throw user_error("Model " + card.name + " takes " + names_of(card) +
                     ": send a form (multipart/form-data) with a part for each.");
  if (body.empty())
    throw user_error("There is no photo in the request; try curl --data-binary @cat.jpg.");
  return {body};
}

struct fed {
  infer_request request;
  std::vector<std::string> warnings;
  std::optional<photo_placement> placement;
};

/// As a node describes it.
model_description described(const model_card& card) {
  model_description out;
  out.name = card.name;
  out.identity = card.identity;
  out.inputs = card.inputs;
  out.outputs = card.outputs;
  out.mean = card.mean;
  out.deviation = card.deviation;
  out.labels = card.labels;
  out.means = card.means;
  return out;
}

fed feed(const model_card& card, http_call& call) {
  fed out;
  out.request.model = card.name;
  const auto files = files_of(card, call);
  const auto means = photo_meaning(described(card));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& input = card.inputs[i];
    wanted_input wanted{input.shape, input.type, {card.mean, card.deviation}, "the model", means};
    if (files.size() > 1) wanted.who = "input " + input.name + " of the model";
    const auto name = files.size() > 1 ? "The part " + input.name : std::string{"The body"};
    auto loaded = decode_input({files[i].begin(), files[i].end()}, name, wanted);
    out.request.inputs.push_back({input.shape, input.type, std::move(loaded.bytes)});
    if (!out.placement) out.placement = loaded.placement;
    out.warnings.insert(out.warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
  }
  return out;
}

/// What may be asked of it behind the '?', as `bramble infer` is told it.
void read_terms(const http_call& call, infer_request& request) {
  const auto method = query_value(call.target(), "method");
  const auto wire = query_value(call.target(), "wire");
  if (!method.empty()) request.method = method;
  if (!wire.empty()) request.wire = parse_wire(wire);
}

double wanted_share(const http_call& call, const char* name, double otherwise) {
  const auto text = query_value(call.target(), name);
  return text.empty() ? otherwise : parse_number(text, 0, 1, std::string{"The parameter "} + name);
}

/// What is asked about the answer behind the '?', likewise.
reading wanted_reading(const http_call& call) {
  reading out;
  const auto text = query_value(call.target(), "top");
  out.top = text.empty() ? defaults::gateway_classes
                         : static_cast<std::size_t>(parse_integer(
                               text, 1, static_cast<std::int64_t>(defaults::gateway_classes_most),
                               "The parameter top"));
  out.threshold = wanted_share(call, "threshold", out.threshold);
  out.overlap = wanted_share(call, "overlap", out.overlap);
  return out;
}

http_answer classify(const api_parts& parts, http_call& call, const route& to) {
  auto how = wanted_reading(call);
  auto card = card_for(parts, to);
  auto what = feed(card, call);
  read_terms(call, what.request);
  const auto reply = infer_measured(parts, call, card, std::move(what.request));
  how.labels = card.labels;
  const auto model = described(card);
  auto read = read_reply(model, understand(model), reply.outputs, what.placement, how);
  if (std::holds_alternative<std::monostate>(read.what) && !read.warnings.empty())
    throw user_error(read.warnings.front());
  if (std::holds_alternative<std::monostate>(read.what))
    throw user_error("Model " + card.name + " tells no classes apart; POST /v1/run/" + card.name +
                     " gives its outputs.");
  auto& warnings = read.warnings;
  warnings.insert(warnings.begin(), what.warnings.begin(), what.warnings.end());
  return {200, "application/json", json_line(to_json(card.name, reply, read.what, warnings))};
}

std::string text_of(const byte_vector& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const host_tensor& chosen_output(const http_call& call, const model_card& card,
                                 const infer_reply& reply, bool& any) {
  const auto name = query_value(call.target(), "output");
  any = !name.empty();
  if (!any) return reply.outputs.front();
  const auto at = std::ranges::find(card.outputs, name, &named_form::name);
  const auto index = static_cast<std::size_t>(at - card.outputs.begin());
  if (index >= reply.outputs.size())
    throw user_error("Model " + card.name + " has no output " + printable(name) + ".");
  return reply.outputs[index];
}

/// One tensor as .npy, or as a picture where one is wanted; several as .npz.
http_answer file_of(const http_call& call, const model_card& card, const infer_reply& reply) {
  if (reply.outputs.empty()) throw refusal(502, "The shelf answered without an output.");
  bool any = false;
  const auto& tensor = chosen_output(call, card, reply, any);
  const auto as = query_value(call.target(), "as");
  if (!as.empty() && as != "png" && as != "npy" && as != "npz")
    throw user_error("The parameter as is npy, npz or png.");
  const bool wants_png = as == "png" || (as.empty() && call.header("Accept") == "image/png");
  if (wants_png) {
    if (!is_picture(tensor))
      throw user_error("An output of shape " + format_shape(tensor.shape) +
                       " is no picture; ask for it as npy.");
    return {200, "image/png", text_of(encode_png(tensor))};
  }
  if (as == "npz" || (as.empty() && !any && reply.outputs.size() > 1)) {
    std::vector<named_tensor> all;
    for (std::size_t i = 0; i < reply.outputs.size(); ++i)
      all.push_back({card.outputs.at(i).name, &reply.outputs[i]});
    return {200, "application/x-npz", text_of(encode_npz(all))};
  }
  return {200, "application/x-npy", text_of(encode_npy(tensor.shape, tensor.type, tensor.bytes))};
}

http_answer run(const api_parts& parts, http_call& call, const route& to) {
  auto card = card_for(parts, to);
  auto what = feed(card, call);
  read_terms(call, what.request);
  const auto reply = infer_measured(parts, call, card, std::move(what.request));
  auto out = file_of(call, card, reply);
  out.headers.emplace_back("Bramble-Latency-Ms", fixed(reply.latency_ms, 3));
  out.headers.emplace_back("Bramble-Predicted-Ms", fixed(reply.predicted_ms, 3));
  out.headers.emplace_back("Bramble-Nodes", joined(reply.nodes));
  for (const auto& each : what.warnings)
    out.headers.emplace_back("Bramble-Warning", printable(each, each.size()));
  return out;
}

}  // namespace

http_answer answer_photo(const api_parts& parts, http_call& call, const route& to) {
  call.body();  // before it takes a place: who sends slowly keeps nobody out
  const auto pass = parts.inferences.enter("Too many requests are under way; try again soon.");
  return to.what == target::classify ? classify(parts, call, to) : run(parts, call, to);
}

}  // namespace bramble::gateway
