#include "balancer/shelf/agreement.hpp"

#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

op_table table_with(std::vector<backend> backends, std::vector<op_bits> bits) {
  op_table out;
  out.ops.resize(backends.size());
  out.codes.resize(backends.size());
  out.backends = std::move(backends);
  out.bits = std::move(bits);
  return out;
}

constexpr auto onednn = backend::onednn, xnnpack = backend::xnnpack;

}  // namespace

TEST_CASE("nodes of one kind that compute alike are asked for nothing") {
  const auto same = table_with({onednn, xnnpack}, {{1, true}, {2, true}});
  CHECK(kernels_to_agree_on("a", {{"a", "x86", &same}, {"b", "x86", &same}}).empty());
}

TEST_CASE("a node is asked to compute as the host does") {
  const auto host = table_with({onednn, xnnpack}, {{1, true}, {2, true}});
  const auto other = table_with({onednn, onednn}, {{1, true}, {3, true}});
  const auto asked =
      kernels_to_agree_on("a", {{"a", "x86", &host}, {"b", "x86", &other}, {"c", "x86", &other}});
  CHECK(asked.size() == 2);
  CHECK(asked.at("b") == std::vector<kernel_wish>{{1, xnnpack, ""}});
  CHECK(asked.at("c") == asked.at("b"));
}

TEST_CASE("a kernel whose parts have the whole's bits goes before the host's own") {
  const auto host = table_with({onednn}, {{1, false}});
  const auto other = table_with({xnnpack}, {{3, true}});
  const auto asked = kernels_to_agree_on("a", {{"a", "x86", &host}, {"b", "x86", &other}});
  CHECK(asked.size() == 1);
  CHECK(asked.at("a") == std::vector<kernel_wish>{{0, xnnpack, ""}});
}

TEST_CASE("kinds agree each by itself, on the host's bits where one of them has these") {
  const auto host = table_with({onednn}, {{7, true}});
  const auto slow = table_with({onednn}, {{8, true}});
  const auto alike = table_with({xnnpack}, {{7, true}});
  const auto asked = kernels_to_agree_on(
      "a", {{"a", "x86", &host}, {"b", "arm", &slow}, {"c", "arm", &slow}, {"d", "arm", &alike}});
  CHECK(asked.size() == 2);
  CHECK(asked.at("b") == std::vector<kernel_wish>{{0, xnnpack, ""}});
  CHECK(asked.contains("c"));
}

TEST_CASE("nodes that tell nothing of their kernels are left as they are") {
  const auto host = table_with({onednn}, {{7, true}});
  const op_table nothing;
  const auto longer = table_with({xnnpack, xnnpack}, {{7, true}, {7, true}});
  CHECK(
      kernels_to_agree_on(
          "a",
          {{"a", "x86", &host}, {"b", "x86", &nothing}, {"c", "", &longer}, {"d", "x86", &longer}})
          .empty());
}
