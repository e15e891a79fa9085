#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "config/defaults_gateway.hpp"
#include "gateway/protocol/json_reader.hpp"
#include "gateway/protocol/number_list.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::gateway;

namespace {

tensor_numbers data_of(const std::string& data) {
  return read_request(R"({"inputs":[{"data":)" + data + "}]}").tensors.at(0);
}

std::string said_of_data(const std::string& data) {
  return complaint_of([&] { data_of(data); });
}

std::string said_of_json(const std::string& text) {
  return complaint_of([&] { read_request(text); });
}

template <class Element>
std::vector<Element> elements(const byte_vector& bytes) {
  std::vector<Element> out(bytes.size() / sizeof(Element));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

template <class Element>
std::string written(element_type type, const std::vector<Element>& values) {
  std::string out;
  append_numbers(
      out, type,
      {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(Element)},
      "It");
  return out;
}

}  // namespace

TEST_CASE("elements are read flat or nested, and their nesting is kept") {
  CHECK(data_of("[1,2,3]").numbers.size() == 3);
  CHECK(data_of("[1,2,3]").lengths == std::vector<std::size_t>{3});
  const auto nested = data_of("[[[1,2],[3,4]],[[5,6],[7,8]]]");
  CHECK(nested.lengths == std::vector<std::size_t>{2, 2, 2});
  CHECK(elements<float>(nested.numbers.as(element_type::f32, "It")) ==
        std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(data_of("[]").numbers.size() == 0);
}

TEST_CASE("data that are no tensor are refused") {
  CHECK(contains(said_of_data("[[1,2],[3]]"), "different lengths"));
  CHECK(contains(said_of_data("[1,[2]]"), "mixes"));
  CHECK(contains(said_of_data("[[[1]],[2]]"), "different depths"));
  CHECK(contains(said_of_data("[\"a\"]"), "no text"));
  CHECK(contains(said_of_data("[null]"), "numbers"));
  CHECK(contains(said_of_data("[{}]"), "numbers"));
  // Neither may stand for the place of another tensor's elements.
  CHECK(contains(said_of_data("0"), "numbers"));
  CHECK(contains(said_of_data("{}"), "numbers"));
  CHECK(contains(said_of_data(std::string(9, '[') + "1" + std::string(9, ']')), "deeper"));
}

TEST_CASE("elements are written as JSON has them") {
  CHECK(elements<double>(
            data_of(" [ -0 ,1e3,1E-2 , 2.50,\t-7\n] ").numbers.as(element_type::f64, "It")) ==
        std::vector<double>{0, 1000, 0.01, 2.5, -7});
  CHECK(std::signbit(elements<double>(data_of("[-0]").numbers.as(element_type::f64, "It")).at(0)));
  CHECK(
      elements<double>(
          data_of("[1e-400,123456789012345678901234567890]").numbers.as(element_type::f64, "It")) ==
      std::vector<double>{0, 123456789012345678901234567890.0});
  for (const auto* wrong :
       {"[1,]", "[,1]", "[1 2]", "[01]", "[.5]", "[1.]", "[+1]", "[1e]", "[-]", "[0x1]", "[nan]",
        "[inf]", "[tru]", "[1", "[[1]", "[", "[1}", "[[1],]", "[Infinity]"})
    CHECK(contains(said_of_data(wrong), "."));
  CHECK(contains(said_of_json(R"({"inputs":[{"data":[1,2)"), "no list of numbers"));
  CHECK(contains(said_of_json(R"({"inputs":[{"data":[1,2]]}]})"), "no JSON"));
}

TEST_CASE("whole numbers stay exact, and floats are not taken for them") {
  const auto most = std::to_string(std::numeric_limits<std::int64_t>::max());
  CHECK(elements<std::int64_t>(data_of("[" + most + ",-1]").numbers.as(element_type::i64, "It")) ==
        std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::max(), -1});
  CHECK(elements<std::int32_t>(data_of("[1.0,2]").numbers.as(element_type::i32, "It")) ==
        std::vector<std::int32_t>{1, 2});
  const auto said = [](const std::string& data, element_type type) {
    return complaint_of([&] { data_of(data).numbers.as(type, "It"); });
  };
  CHECK(said("[1.5]", element_type::i32) == "It: element 0 is no INT32.");
  CHECK(said("[300]", element_type::u8) == "It: element 0 is no UINT8.");
  CHECK(said("[0,-1]", element_type::u8) == "It: element 1 is no UINT8.");
  CHECK(contains(said("[0.5," + most + "]", element_type::i64), "too large to be exact"));
  CHECK(contains(said("[18446744073709551615]", element_type::i64), "too large to be exact"));
  CHECK(contains(said("[1e300]", element_type::f32), "too large for FP32"));
  CHECK(contains(said("[1]", element_type::f16), "binary tensor data extension"));
}

TEST_CASE("truth values are for BOOL") {
  CHECK(elements<std::uint8_t>(data_of("[true,false]").numbers.as(element_type::boolean, "It")) ==
        std::vector<std::uint8_t>{1, 0});
  CHECK(elements<std::uint8_t>(data_of("[1,0]").numbers.as(element_type::boolean, "It")) ==
        std::vector<std::uint8_t>{1, 0});
  const auto said = [](const std::string& data, element_type type) {
    return complaint_of([&] { data_of(data).numbers.as(type, "It"); });
  };
  CHECK(contains(said("[true]", element_type::f32), "BOOL"));
  CHECK(contains(said("[true,1]", element_type::boolean), "one kind"));
  CHECK(contains(said("[2]", element_type::boolean), "BOOL"));
}

TEST_CASE("numbers are written so that reading them gives the same bits") {
  CHECK(written<float>(element_type::f32, {1, -0.0F, 0.1F, 1e-30F}) == "1.0,-0.0,0.1,1e-30");
  CHECK(written<double>(element_type::f64, {0.1, 1e300}) == "0.1,1e+300");
  CHECK(written<std::int64_t>(element_type::i64, {-5, 7}) == "-5,7");
  CHECK(written<std::int8_t>(element_type::i8, {-5, 65}) == "-5,65");
  CHECK(written<std::uint8_t>(element_type::u8, {65, 255}) == "65,255");
  CHECK(written<std::uint8_t>(element_type::boolean, {1, 0}) == "true,false");
  const auto infinite = std::numeric_limits<float>::infinity();
  CHECK(contains(complaint_of([&] { written<float>(element_type::f32, {infinite}); }),
                 "\"binary_data\": true"));
  // Any bits at all.
  std::uint32_t bits = 1;
  for (int i = 0; i < 10'000; ++i) {
    bits = bits * 1664525U + 1013904223U;
    const auto value = std::bit_cast<float>(bits);
    if (!std::isfinite(value)) continue;
    const auto back =
        elements<float>(data_of("[" + written<float>(element_type::f32, {value}) + "]")
                            .numbers.as(element_type::f32, "It"));
    REQUIRE(std::bit_cast<std::uint32_t>(back.at(0)) == bits);
  }
}

TEST_CASE("what is no request is refused") {
  CHECK(contains(said_of_json("{"), "no JSON"));
  CHECK(contains(said_of_json(""), "no JSON"));
  CHECK(contains(said_of_json("[]"), "no JSON object"));
  CHECK(contains(said_of_json("{\"a\":1,\"a\":2}"), "twice"));
  const auto deep = defaults::gateway_json_depth_most + 1;
  CHECK(contains(said_of_json("{\"a\":" + std::string(deep, '[') + std::string(deep, ']') + "}"),
                 "nested deeper"));
  std::string many = "{\"a\":[";
  for (std::size_t i = 0; i < defaults::gateway_json_values_most; ++i) many += "0,";
  CHECK(contains(said_of_json(many + "0]}"), "too many values"));
  CHECK(read_object("").is_object());
  CHECK(read_object(" {\"ready\":true}").at("ready") == true);
}
