#include "gateway/protocol/infer_answer.hpp"

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "gateway/protocol/refusal.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::gateway;

namespace {

using nlohmann::json;

host_tensor floats(std::vector<std::int64_t> shape, const std::vector<float>& values) {
  host_tensor out{std::move(shape), element_type::f32, byte_vector(values.size() * 4)};
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

model_card card() {
  model_card out;
  out.name = "pets";
  out.identity = "0123456789abcdef" + std::string(48, '0');
  out.outputs = {{"output1", {1, 4}, element_type::f32}, {"output2", {2}, element_type::f32}};
  out.labels = {"cat", "dog", "hen", "cow"};
  return out;
}

infer_reply reply() {
  infer_reply out;
  out.outputs = {floats({1, 4}, {1, 10, 5, 10}), floats({2}, {0.1F, 2})};
  out.host = "pi1";
  out.nodes = {"pi1", "pi2"};
  out.latency_ms = 12.5;
  return out;
}

json answer(const asked_inference& asked) {
  return json::parse(encode_inference(card(), asked, reply()).body);
}

}  // namespace

TEST_CASE("all outputs are given where none was asked for, and the request's id") {
  asked_inference asked;
  asked.id = "42";
  const auto told = answer(asked);
  CHECK(told["model_name"] == "pets");
  CHECK(told["model_version"] == "0123456789ab");
  CHECK(told["id"] == "42");
  CHECK(told["parameters"]["nodes"] == "pi1, pi2");
  CHECK(told["parameters"]["latency_ms"] == 12.5);
  REQUIRE(told["outputs"].size() == 2);
  CHECK(told["outputs"][0]["name"] == "output1");
  CHECK(told["outputs"][0]["shape"] == json({1, 4}));
  CHECK(told["outputs"][0]["datatype"] == "FP32");
  CHECK(told["outputs"][0]["data"] == json({1.0, 10.0, 5.0, 10.0}));
  CHECK(answer({}).contains("id") == false);
}

TEST_CASE("outputs that were asked for are given alone, in that order") {
  asked_inference asked;
  asked.outputs = {{"output2", std::nullopt, 0}, {"output1", std::nullopt, 0}};
  const auto told = answer(asked);
  CHECK(told["outputs"][0]["name"] == "output2");
  CHECK(told["outputs"][1]["name"] == "output1");
  asked.outputs.pop_back();
  CHECK(answer(asked)["outputs"].size() == 1);
}

TEST_CASE("binary outputs stand behind the JSON, whose length is told") {
  asked_inference asked;
  asked.binary_output = true;
  asked.outputs = {{"output2", std::nullopt, 0}, {"output1", false, 0}};
  const auto encoded = encode_inference(card(), asked, reply());
  const auto told = json::parse(encoded.body.substr(0, encoded.json_bytes));
  CHECK(told["outputs"][0]["parameters"]["binary_data_size"] == 8);
  CHECK(told["outputs"][0].contains("data") == false);
  CHECK(told["outputs"][1]["data"].size() == 4);
  const auto tail = encoded.body.substr(encoded.json_bytes);
  const auto bytes = reply().outputs[1].bytes;
  CHECK(tail == std::string{bytes.begin(), bytes.end()});
}

TEST_CASE(
    "classes are values, indices and labels, the highest first, of equal ones the lower index") {
  asked_inference asked;
  asked.outputs = {{"output1", std::nullopt, 3}};
  const auto told = answer(asked)["outputs"][0];
  CHECK(told["datatype"] == "BYTES");
  CHECK(told["shape"] == json({1, 3}));
  CHECK(told["data"] == json({"10.0:1:dog", "10.0:3:cow", "5.0:2:hen"}));
  asked.outputs[0].name = "output2";  // which is no row of four, and has no labels
  CHECK(answer(asked)["outputs"][0]["data"] == json({"2.0:1", "0.1:0"}));
  CHECK(answer(asked)["outputs"][0]["shape"] == json({2}));
  // In binary each text stands behind its length.
  asked.outputs[0].binary = true;
  const auto encoded = encode_inference(card(), asked, reply());
  using namespace std::string_literals;
  CHECK(encoded.body.substr(encoded.json_bytes) ==
        "\x05\0\0\0"s + "2.0:1" + "\x05\0\0\0"s + "0.1:0");
  CHECK(contains(complaint_of([&] {
                   classes_of(floats({1, 1, 2}, {1, 2}), 1, {}, "It");
                 }),
                 "a row of values"));
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(contains(complaint_of([&] {
                   classes_of(floats({2}, {1, nan}), 1, {}, "It");
                 }),
                 "no order"));
}

TEST_CASE("an answer of another model is not given as this one's") {
  auto other = reply();
  other.outputs.pop_back();
  CHECK(contains(complaint_of([&] { encode_inference(card(), {}, other); }), "has 2"));
}

TEST_CASE("errors are written as the protocol writes them, whatever is in them") {
  CHECK(json::parse(error_body("a \"b\" \xff c"))["error"].get<std::string>().starts_with(
      "a \"b\" "));
  CHECK(retry_after_text(std::chrono::milliseconds{1}) == "1");
  CHECK(retry_after_text(std::chrono::milliseconds{1'001}) == "2");
}

TEST_CASE("metadata are the model's inputs and outputs") {
  auto of = card();
  of.inputs = {{"image", {1, 3, 4, 4}, element_type::u8}};
  const auto told = json::parse(metadata_json(of));
  CHECK(told["name"] == "pets");
  CHECK(told["versions"] == json({"0123456789ab"}));
  CHECK(told["inputs"] ==
        json::parse(R"([{"name":"image","datatype":"UINT8","shape":[1,3,4,4]}])"));
  CHECK(told["outputs"].size() == 2);
  CHECK(is_version(of, "012345"));
  CHECK(is_version(of, "01234") == false);
  CHECK(is_version(of, "abcdef") == false);
}
