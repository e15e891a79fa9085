#include <cstring>

#include "config/base/files.hpp"
#include "gateway/protocol/infer_request.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::gateway;

namespace {

model_card two_inputs() {
  model_card out;
  out.name = "two";
  out.identity = std::string(64, 'a');
  out.inputs = {{"image", {1, 2, 2}, element_type::f32}, {"ids", {3}, element_type::i64}};
  out.outputs = {{"output1", {2}, element_type::f32}, {"output2", {1}, element_type::f32}};
  return out;
}

asked_inference decode(const std::string& text,
                       std::optional<std::size_t> json_bytes = std::nullopt) {
  return decode_inference(as_bytes(text), json_bytes);
}

std::string said_of_request(const std::string& text,
                            std::optional<std::size_t> json_bytes = std::nullopt) {
  return complaint_of([&] { decode(text, json_bytes); });
}

std::string with_input(const std::string& rest) {
  return R"({"inputs":[{"name":"image",)" + rest + "}]}";
}

const std::string image_text =
    R"({"name":"image","shape":[1,2,2],"datatype":"FP32","data":[[[1,2],[3,4.5]]]})";
const std::string ids_text = R"({"name":"ids","shape":[3],"datatype":"INT64","data":[7,8,9]})";

std::string refused(const std::string& text) {
  return complaint_of([&] {
    auto asked = decode(text);
    request_for(two_inputs(), asked);
  });
}

}  // namespace

TEST_CASE("inputs are taken by their names, in the model's order") {
  auto asked = decode(R"({"id":"42","inputs":[)" + ids_text + "," + image_text + "]}");
  CHECK(asked.id == "42");
  const auto request = request_for(two_inputs(), asked);
  REQUIRE(request.inputs.size() == 2);
  CHECK(request.model == "two");
  CHECK(request.inputs[0].shape == std::vector<std::int64_t>{1, 2, 2});
  float last = 0;
  std::memcpy(&last, request.inputs[0].bytes.data() + 12, 4);
  CHECK(last == 4.5F);
  CHECK(request.inputs[1].bytes.size() == 24);
}

TEST_CASE("binary tensors follow the JSON in its order") {
  const std::string head =
      R"({"inputs":[{"name":"ids","shape":[3],"datatype":"INT64","parameters":{"binary_data_size":24}},)"
      R"({"name":"image","shape":[1,2,2],"datatype":"FP32","parameters":{"binary_data_size":16}}],)"
      R"("parameters":{"binary_data_output":true}})";
  const auto body = head + std::string(24, 'i') + std::string(16, 'f');
  auto asked = decode(body, head.size());
  CHECK(asked.binary_output);
  const auto request = request_for(two_inputs(), asked);
  CHECK(request.inputs[0].bytes == byte_vector(16, 'f'));
  CHECK(request.inputs[1].bytes == byte_vector(24, 'i'));
  CHECK(contains(said_of_request(body.substr(0, body.size() - 1), head.size()),
                 "ends after 15 bytes"));
  CHECK(contains(said_of_request(body + "x", head.size()), "1 bytes behind its last tensor"));
  CHECK(contains(said_of_request(body, body.size() + 1), "Inference-Header-Content-Length"));
}

TEST_CASE("a body that is one tensor is for models of one input") {
  auto one = two_inputs();
  one.inputs.resize(1);
  auto asked = decode(std::string(16, 'x'), 0);
  CHECK(request_for(one, asked).inputs[0].bytes == byte_vector(16, 'x'));
  asked = decode(std::string(15, 'x'), 0);
  CHECK(contains(complaint_of([&] { request_for(one, asked); }), "takes 16 bytes, and 15 came"));
  asked = decode(std::string(16, 'x'), 0);
  CHECK(contains(complaint_of([&] { request_for(two_inputs(), asked); }), "one input"));
}

TEST_CASE("terms are those of bramble infer") {
  const auto with = [](const std::string& parameters) {
    return R"({"parameters":{)" + parameters + R"(},"inputs":[]})";
  };
  const auto terms = decode(with(R"("method":"one","wire":"fp16")")).terms;
  CHECK(terms.method == "one");
  CHECK(terms.wire == wire_type::fp16);
  CHECK(decode(with(R"("exact":true)")).terms.exact);
  CHECK(decode(with(R"("wire":"auto")")).terms.max_error > 0);
  CHECK(decode(with(R"("wire":"auto","max_error":0.01)")).terms.max_error == 0.01);
  CHECK(contains(said_of_request(with(R"("wire":"fp8")")), "The parameter \"wire\""));
  CHECK(contains(said_of_request(with(R"("method":"best")")), "best"));
  CHECK(contains(said_of_request(with(R"("max_error":0.01)")), "\"wire\": \"auto\""));
  CHECK(contains(said_of_request(with(R"("wire":"auto","exact":true)")), "give one"));
  CHECK(contains(said_of_request(with(R"("wyre":"fp16")")), "known are method, wire"));
  CHECK(contains(said_of_request(with(R"("exact":1)")), "true or false"));
}

TEST_CASE("what is wrong with an input is said of it") {
  CHECK(contains(said_of_request("{}"), "lacks its \"inputs\""));
  CHECK(contains(said_of_request(R"({"inputs":{}})"), "no list"));
  CHECK(contains(said_of_request(R"({"inputs":[5]})"), "An input is an object"));
  CHECK(contains(said_of_request(R"({"inputs":[{}]})"), "Input 1 lacks its \"name\""));
  CHECK(contains(said_of_request(with_input(R"("shape":[1],"datatype":"FP32")")),
                 "Input image lacks its \"data\""));
  CHECK(contains(said_of_request(with_input(R"("shape":[1],"datatype":"UINT64","data":[1])")),
                 "UINT64"));
  CHECK(contains(said_of_request(with_input(R"("shape":[-1],"datatype":"FP32","data":[1])")),
                 "no size"));
  CHECK(contains(said_of_request(with_input(R"("shape":[1.0],"datatype":"FP32","data":[1])")),
                 "no size"));
  CHECK(contains(
      said_of_request(with_input(R"("shape":[9999999,9999999],"datatype":"FP32","data":[])")),
      "more elements"));
  CHECK(contains(said_of_request(with_input(R"("shape":[3],"datatype":"FP32","data":[1,2])")),
                 "2 elements"));
  CHECK(
      contains(said_of_request(with_input(R"("shape":[2,2],"datatype":"FP32","data":[[1,2,3,4]])")),
               "nested otherwise"));
  CHECK(contains(
      said_of_request(with_input(
          R"("shape":[1],"datatype":"FP32","data":[1],"parameters":{"binary_data_size":4})")),
      "give one"));
  CHECK(
      contains(said_of_request(with_input(R"("shape":[1],"datatype":"FP32","parameters":{"x":4})")),
               "binary_data_size"));
}

TEST_CASE("inputs and outputs have to be the model's") {
  const auto of = [](const std::string& inputs, const std::string& outputs = "[]") {
    return R"({"inputs":[)" + inputs + R"(],"outputs":)" + outputs + "}";
  };
  CHECK(refused(of(image_text + "," + ids_text)).empty());
  CHECK(contains(refused(of(image_text)), "there is no ids in the request"));
  CHECK(contains(refused(of(image_text + "," + ids_text + "," + ids_text)), "not twice"));
  CHECK(contains(
      refused(of(image_text + R"(,{"name":"ids","shape":[3],"datatype":"INT32","data":[1,2,3]})")),
      "takes INT64, not INT32"));
  CHECK(contains(refused(of(image_text +
                            R"(,{"name":"ids","shape":[1,3],"datatype":"INT64","data":[1,2,3]})")),
                 "takes the shape 3, not 1x3"));
  CHECK(contains(refused(of(image_text + "," + ids_text, R"([{"name":"labels"}])")),
                 "gives output1 and output2, and not labels"));
  CHECK(contains(
      refused(of(image_text + "," + ids_text, R"([{"name":"output1"},{"name":"output1"}])")),
      "twice"));
  CHECK(
      contains(said_of_request(of("", R"([{"name":"output1","parameters":{"classification":0}}])")),
               "from 1 to"));
  CHECK(contains(said_of_request(of("", R"([{"name":"output1","parameters":{"binary":true}}])")),
                 "binary_data and classification"));
}
