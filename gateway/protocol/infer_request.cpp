#include "gateway/protocol/infer_request.hpp"

#include <algorithm>

#include "balancer/search/plan_request.hpp"
#include "config/defaults_gateway.hpp"
#include "config/defaults_stream.hpp"
#include "config/format.hpp"
#include "config/options.hpp"
#include "gateway/protocol/datatypes.hpp"
#include "gateway/protocol/json_reader.hpp"
#include "gateway/protocol/refusal.hpp"

namespace bramble::gateway {
namespace {

using nlohmann::json;

/// A key of an object, of a kind: `what` begins the sentence where it is another.
const json* find(const json& in, const char* key, json::value_t kind, const std::string& what,
                 const char* kind_name) {
  const auto found = in.find(key);
  if (found == in.end() || found->is_null()) return nullptr;
  const bool fits = found->type() == kind ||
                    (kind == json::value_t::number_unsigned && found->is_number_unsigned());
  if (!fits) throw user_error(what + " has a \"" + key + "\" that is no " + kind_name + ".");
  return &*found;
}

std::string text_at(const json& in, const char* key, const std::string& what) {
  const auto* found = find(in, key, json::value_t::string, what, "text");
  if (found == nullptr) throw user_error(what + " lacks its \"" + key + "\".");
  return found->get<std::string>();
}

/// "Input image", "Output 2": by its name where that can be shown.
std::string place_of(const char* kind, const json& in, std::size_t index) {
  const auto name = in.find("name");
  if (name != in.end() && name->is_string())
    return std::string{kind} + " " + printable(name->get_ref<const std::string&>());
  return std::string{kind} + " " + std::to_string(index + 1);
}

std::vector<std::int64_t> shape_at(const json& in, const std::string& what) {
  const auto* found = find(in, "shape", json::value_t::array, what, "list");
  if (found == nullptr) throw user_error(what + " lacks its \"shape\".");
  if (found->size() > defaults::shape_dimensions_limit)
    throw user_error(what + " has more dimensions than a tensor can have (" +
                     std::to_string(defaults::shape_dimensions_limit) + ").");
  std::vector<std::int64_t> out;
  out.reserve(found->size());
  for (const auto& each : *found) {
    if (!each.is_number_unsigned() ||
        each.get<std::uint64_t>() > static_cast<std::uint64_t>(defaults::shape_elements_limit))
      throw user_error(what + " has a dimension that is no size.");
    out.push_back(each.get<std::int64_t>());
  }
  if (!bounded_element_count(out))
    throw user_error(what + " has more elements than a tensor can have.");
  return out;
}

/// The parameters of an object, each taken by a function of its name.
template <class Take>
void read_parameters(const json& in, const std::string& what, const Take& take) {
  const auto* found = find(in, "parameters", json::value_t::object, what, "object");
  if (found == nullptr) return;
  for (const auto& [key, value] : found->items()) take(key, value);
}

[[noreturn]] void refuse_parameter(const std::string& what, const std::string& key,
                                   const std::string& known) {
  throw user_error(what + " has a parameter \"" + printable(key) + "\"; known are " + known + ".");
}

bool truth_of(const json& value, const std::string& key) {
  if (!value.is_boolean()) throw user_error("The parameter \"" + key + "\" is true or false.");
  return value.get<bool>();
}

std::string text_of(const json& value, const std::string& key) {
  if (!value.is_string()) throw user_error("The parameter \"" + key + "\" is text.");
  return value.get<std::string>();
}

/// How the answer is to be made, as `bramble infer` is told it by --method, --wire and so on.
void read_terms(const json& tree, asked_inference& out) {
  const std::string known = "method, wire, max_error, exact and binary_data_output";
  bool any_wire = false;
  bool has_error = false;
  read_parameters(tree, "The request", [&](const std::string& key, const json& value) {
    if (key == "method") {
      out.terms.method = text_of(value, key);
      check_method(out.terms.method);
    } else if (key == "wire") {
      const auto wire = text_of(value, key);
      any_wire = wire == "auto";
      if (!any_wire) check_wire(wire, "The parameter \"wire\"");
      out.terms.wire = wire == "fp16"   ? wire_type::fp16
                       : wire == "int8" ? wire_type::int8
                                        : wire_type::fp32;
    } else if (key == "max_error") {
      if (!value.is_number() || !(value.get<double>() > 0) || !(value.get<double>() < 1))
        throw user_error("The parameter \"max_error\" is a share between 0 and 1.");
      out.terms.max_error = value.get<double>();
      has_error = true;
    } else if (key == "exact") {
      out.terms.exact = truth_of(value, key);
    } else if (key == "binary_data_output") {
      out.binary_output = truth_of(value, key);
    } else {
      refuse_parameter("The request", key, known);
    }
  });
  if (has_error && !any_wire)
    throw user_error(
        "\"max_error\" is for the wire that the host chooses; add \"wire\": \"auto\".");
  if (any_wire && out.terms.exact)
    throw user_error("\"exact\" allows no error and \"wire\": \"auto\" allows some; give one.");
  if (any_wire && !has_error) out.terms.max_error = defaults::auto_wire_error;
}

/// Takes tensors off the part of the body that stands behind the JSON.
class binary_tail {
 public:
  explicit binary_tail(byte_span bytes) : left_{bytes} {}

  byte_vector take(std::uint64_t size, const std::string& what) {
    if (size > left_.size())
      throw user_error(what + " has a \"binary_data_size\" of " + std::to_string(size) +
                       ", and the body ends after " + std::to_string(left_.size()) +
                       " bytes of it.");
    const auto part = left_.first(static_cast<std::size_t>(size));
    left_ = left_.subspan(part.size());
    return {part.begin(), part.end()};
  }

  void check_end() const {
    if (!left_.empty())
      throw user_error("The body has " + std::to_string(left_.size()) +
                       " bytes behind its last tensor.");
  }

 private:
  byte_span left_;
};

/// Nested lists must have the lengths that the shape says; flat ones the right number of elements.
byte_vector elements_of(const tensor_numbers& data, const host_tensor& form,
                        const std::string& what) {
  const auto count = element_count(form.shape);
  if (data.numbers.size() != count)
    throw user_error(what + " has " + std::to_string(data.numbers.size()) +
                     " elements, and its shape " + format_shape(form.shape) + " takes " +
                     std::to_string(count) + ".");
  if (data.lengths.size() > 1 && !std::ranges::equal(data.lengths, form.shape, [](auto a, auto b) {
        return a == static_cast<std::size_t>(b);
      }))
    throw user_error(what + " has lists that are nested otherwise than its shape " +
                     format_shape(form.shape) + " says.");
  return data.numbers.as(form.type, what);
}

asked_input read_input(const json& in, std::size_t index, const json_request& request,
                       binary_tail& tail) {
  if (!in.is_object()) throw user_error("An input is an object.");
  const auto what = place_of("Input", in, index);
  asked_input out;
  out.name = text_at(in, "name", what);
  const auto datatype = text_at(in, "datatype", what);
  const auto type = element_of(datatype);
  if (!type)
    throw user_error(what + " has the datatype " + printable(datatype) + "; models here have " +
                     known_datatypes() + ".");
  out.tensor.type = *type;
  out.tensor.shape = shape_at(in, what);
  std::optional<std::uint64_t> binary;
  read_parameters(in, what, [&](const std::string& key, const json& value) {
    if (key != "binary_data_size") refuse_parameter(what, key, "binary_data_size");
    if (!value.is_number_unsigned())
      throw user_error(what + " has a \"binary_data_size\" that is no number of bytes.");
    binary = value.get<std::uint64_t>();
  });
  const auto data = in.find("data");
  if (binary && data != in.end())
    throw user_error(what + " has both \"data\" and a \"binary_data_size\"; give one.");
  if (binary)
    out.tensor.bytes = tail.take(*binary, what);
  else if (data != in.end())
    out.tensor.bytes = elements_of(request.tensors.at(data->get<std::size_t>()), out.tensor, what);
  else
    throw user_error(what + " lacks its \"data\".");
  return out;
}

asked_output read_output(const json& in, std::size_t index) {
  if (!in.is_object()) throw user_error("An output is an object.");
  const auto what = place_of("Output", in, index);
  asked_output out;
  out.name = text_at(in, "name", what);
  read_parameters(in, what, [&](const std::string& key, const json& value) {
    if (key == "binary_data") {
      out.binary = truth_of(value, key);
    } else if (key == "classification") {
      if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0 ||
          value.get<std::uint64_t>() > defaults::gateway_classes_most)
        throw user_error("The parameter \"classification\" is a number of classes from 1 to " +
                         std::to_string(defaults::gateway_classes_most) + ".");
      out.classes = value.get<std::size_t>();
    } else {
      refuse_parameter(what, key, "binary_data and classification");
    }
  });
  return out;
}

void check_tensor(const host_tensor& have, const named_form& wanted, const model_card& card) {
  const auto what = "Input " + wanted.name + " of model " + card.name;
  if (have.type != wanted.type)
    throw user_error(what + " takes " + datatype_of(wanted.type) + ", not " +
                     datatype_of(have.type) + ".");
  if (have.shape != wanted.shape)
    throw user_error(what + " takes the shape " + format_shape(wanted.shape) + ", not " +
                     format_shape(have.shape) + ".");
  const auto bytes = element_count(wanted.shape) * size_of(wanted.type);
  if (have.bytes.size() != bytes)
    throw user_error(what + " takes " + std::to_string(bytes) + " bytes, and " +
                     std::to_string(have.bytes.size()) + " came.");
  if (wanted.type == element_type::boolean &&
      std::ranges::any_of(have.bytes, [](std::uint8_t byte) { return byte > 1; }))
    throw user_error(what + " takes truth values, each a byte that is 0 or 1.");
}

std::string names_of(const std::vector<named_form>& forms) {
  std::vector<std::string> names;
  names.reserve(forms.size());
  for (const auto& each : forms) names.push_back(each.name);
  return listed(names);
}

}  // namespace

asked_inference decode_inference(byte_span body, std::optional<std::size_t> json_bytes) {
  if (json_bytes && *json_bytes > body.size())
    throw user_error("\"Inference-Header-Content-Length\" says " + std::to_string(*json_bytes) +
                     " bytes, and the body has " + std::to_string(body.size()) + ".");
  asked_inference out;
  if (json_bytes && *json_bytes == 0) {
    out.raw.emplace(body.begin(), body.end());
    return out;
  }
  const auto head = body.first(json_bytes.value_or(body.size()));
  if (head.size() > defaults::gateway_json_bytes_most)
    throw refusal(413, "The request has " + format_bytes(head.size()) + " of JSON, and at most " +
                           format_bytes(defaults::gateway_json_bytes_most) +
                           " are read; use the binary tensor data extension.");
  const auto request = read_request({reinterpret_cast<const char*>(head.data()), head.size()});
  const auto& tree = request.tree;
  if (const auto* id = find(tree, "id", json::value_t::string, "The request", "text"))
    out.id = id->get<std::string>();
  read_terms(tree, out);
  const auto* inputs = find(tree, "inputs", json::value_t::array, "The request", "list");
  if (inputs == nullptr) throw user_error("The request lacks its \"inputs\".");
  binary_tail tail{body.subspan(head.size())};
  out.inputs.reserve(inputs->size());
  for (std::size_t i = 0; i < inputs->size(); ++i)
    out.inputs.push_back(read_input((*inputs)[i], i, request, tail));
  tail.check_end();
  if (const auto* outputs = find(tree, "outputs", json::value_t::array, "The request", "list")) {
    out.outputs.reserve(outputs->size());
    for (std::size_t i = 0; i < outputs->size(); ++i)
      out.outputs.push_back(read_output((*outputs)[i], i));
  }
  return out;
}

infer_request request_for(const model_card& card, asked_inference& asked) {
  auto out = asked.terms;
  out.model = card.name;
  if (asked.raw) {
    if (card.inputs.size() != 1)
      throw user_error("Model " + card.name + " takes " + names_of(card.inputs) +
                       ": a body that is one tensor is for models of one input.");
    out.inputs.push_back({card.inputs[0].shape, card.inputs[0].type, std::move(*asked.raw)});
    check_tensor(out.inputs[0], card.inputs[0], card);
    return out;
  }
  std::vector<bool> taken(asked.inputs.size());
  out.inputs.reserve(card.inputs.size());
  for (const auto& wanted : card.inputs) {
    const auto at = std::ranges::find(asked.inputs, wanted.name, &asked_input::name);
    if (at == asked.inputs.end())
      throw user_error("Model " + card.name + " takes " + names_of(card.inputs) +
                       ", and there is no " + wanted.name + " in the request.");
    taken[static_cast<std::size_t>(at - asked.inputs.begin())] = true;
    check_tensor(at->tensor, wanted, card);
    out.inputs.push_back(std::move(at->tensor));
  }
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (!taken[i])
      throw user_error("Model " + card.name + " takes " + names_of(card.inputs) + ", and not " +
                       printable(asked.inputs[i].name) + " (or not twice).");
  for (std::size_t i = 0; i < asked.outputs.size(); ++i) {
    const auto& name = asked.outputs[i].name;
    if (std::ranges::find(card.outputs, name, &named_form::name) == card.outputs.end())
      throw user_error("Model " + card.name + " gives " + names_of(card.outputs) + ", and not " +
                       printable(name) + ".");
    for (std::size_t k = 0; k < i; ++k)
      if (asked.outputs[k].name == name)
        throw user_error("The request asks for output " + name + " twice.");
  }
  return out;
}

}  // namespace bramble::gateway
