#include "model/import/onnx/file/read_onnx.hpp"

#include <filesystem>

#include "config/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/onnx_maker.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;
namespace fs = std::filesystem;

namespace {

onnx_maker small_net() {
  onnx_maker net;
  net.input("x", {1, "n"}).output("y");
  net.floats("w", {2}, {1, 2});
  net.node("Add", {"x", "w"}, {"y"});
  return net;
}

onnx_model read(const std::string& bytes) {
  return read_onnx(as_bytes(bytes), {}, "net.onnx");
}

std::string refusal_of(const std::string& bytes) {
  auto said = complaint_of([&] { read(bytes); });
  INFO(said);
  CHECK(is_sentence(said));
  CHECK(contains(said, "net.onnx: "));
  return said;
}

std::string refusal_of(const onnx_maker& net) {
  return refusal_of(net.bytes());
}

void put_outside(onnx::TensorProto& tensor, const std::string& location,
                 const std::string& length) {
  tensor.clear_raw_data();
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : {std::pair{"location", location}, std::pair{"length", length}}) {
    auto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  }
}

/// A field of protobuf's wire format that holds bytes.
std::string field(unsigned number, const std::string& content) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  for (auto left = content.size(); out.size() < 11; left >>= 7) {
    out += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
    if (left <= 0x7F) break;
  }
  return out + content;
}

}  // namespace

TEST_CASE("an ONNX file becomes plain data") {
  const auto model = read(small_net().bytes());
  REQUIRE(model.graph.nodes.size() == 1);
  CHECK(model.graph.nodes[0].op == "Add");
  CHECK(describe(model.graph.nodes[0]) == "Add_1 (Add)");
  CHECK(model.opsets.at("") == 13);
  REQUIRE(model.graph.constants.size() == 1);
  const auto& w = model.graph.constants[0];
  CHECK(w.shape == std::vector<std::int64_t>{2});
  REQUIRE(w.bytes.size() == 2 * sizeof(float));
  float second = 0;
  std::memcpy(&second, w.bytes.data() + sizeof(float), sizeof second);
  CHECK(second == 2);
  REQUIRE(model.graph.inputs[0].shape);
  CHECK(std::get<std::string>(model.graph.inputs[0].shape->at(1)) == "n");
}

TEST_CASE("an ONNX file that is cut short anywhere is refused in one sentence") {
  const auto whole = small_net().bytes();
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(!refusal_of(whole.substr(0, length)).empty());
}

TEST_CASE("an ONNX file with any byte changed is read or refused in one sentence") {
  const auto whole = small_net().bytes();
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int value : {0, 1, 0x7F, 0x80, 0xFF}) {
      auto changed = whole;
      changed[at] = static_cast<char>(value);
      CHECK(succeeds_or_complains([&] { read(changed); }));
    }
}

TEST_CASE("what is no ONNX file is refused") {
  CHECK(contains(refusal_of(""), "is empty"));
  CHECK(contains(refusal_of("PK\3\4 and more"), "damaged or no ONNX"));
  const temporary_folder folder;
  CHECK(contains(complaint_of([&] { read_onnx((folder / "none.onnx").string()); }),
                 "there is no such file"));
  CHECK(contains(complaint_of([&] { read_onnx(folder.path().string()); }), "a folder"));
}

TEST_CASE("a million nodes are refused before they are made") {
  std::string nodes;
  for (int i = 0; i < 1'000'000; ++i) nodes += std::string("\x0a\x00", 2);
  CHECK(contains(refusal_of(field(7, nodes)), "more than 50000 nodes"));
}

TEST_CASE("graphs nested without end are refused") {
  std::string graph;
  for (int depth = 0; depth < 100; ++depth) graph = field(1, field(5, field(6, graph)));
  CHECK(contains(refusal_of(field(7, graph)), "nests graphs"));
}

TEST_CASE("nodes in a circle, and names that nothing makes, are refused by node") {
  auto net = small_net();
  net.node("Add", {"x", "b"}, {"a"});
  net.node("Mul", {"a", "x"}, {"b"});
  CHECK(contains(refusal_of(net), "the node Add_2 (Add) reads `b`, which is only made after it"));
  auto other = small_net();
  other.node("Add", {"x", "nobody"}, {"z"});
  CHECK(contains(refusal_of(other), "reads `nobody`, which nothing makes"));
}

TEST_CASE("nodes that stand in no order are put in order") {
  onnx_maker net;
  net.input("x", {2}).input("b", {}, onnx::TensorProto::BOOL).output("y");
  onnx::GraphProto taken;
  onnx_maker::add(taken, "Neg", {"t"}, {"then"});
  onnx_maker::add(taken, "Relu", {"s"}, {"t"});
  taken.set_name("taken");
  taken.add_output()->set_name("then");
  taken.mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(1);
  auto& choice = net.node("If", {"b"}, {"y"});  // reads `s` inside its graphs
  for (const auto* branch : {"then_branch", "else_branch"}) {
    auto& made = *choice.add_attribute();
    made.set_name(branch);
    made.set_type(onnx::AttributeProto::GRAPH);
    *made.mutable_g() = taken;
  }
  net.node("Abs", {"r"}, {"s"});
  net.node("Sqrt", {"x"}, {"unused"});
  net.node("Relu", {"x"}, {"r"});
  const auto nodes = read(net.bytes()).graph.nodes;
  std::vector<std::string> ops;
  ops.reserve(nodes.size());
  for (const auto& node : nodes) ops.push_back(node.op);
  CHECK(ops == std::vector<std::string>{"Sqrt", "Relu", "Abs", "If"});
  const auto inner =
      std::get<std::shared_ptr<const onnx_graph>>(nodes.back().attributes.at("then_branch"));
  REQUIRE(inner->nodes.size() == 2);
  CHECK(inner->nodes[0].op == "Relu");
}

TEST_CASE("a long chain that stands backwards is put in order") {
  onnx_maker net;
  net.input("a0", {2}).output("a40000");
  for (int i = 40000; i > 0; --i)
    net.node("Relu", {"a" + std::to_string(i - 1)}, {"a" + std::to_string(i)});
  const auto nodes = read(net.bytes()).graph.nodes;
  CHECK(nodes.front().outputs[0] == "a1");
  CHECK(nodes.back().outputs[0] == "a40000");
}

TEST_CASE("impossible shapes are refused before they take memory") {
  for (const auto size : {std::int64_t{1} << 40, std::int64_t{-1}}) {
    auto net = small_net();
    net.floats("huge", {size, size}, {});
    CHECK(contains(refusal_of(net), "huge"));
  }
  auto short_of = small_net();
  short_of.floats("v", {3}, {1, 2});
  refusal_of(short_of);
}

TEST_CASE("an opset that is not read is said with those that are") {
  CHECK(contains(refusal_of([] {
                   onnx_maker old{5};
                   old.input("x", {1}).output("y");
                   old.floats("w", {1}, {1});
                   old.node("Add", {"x", "w"}, {"y"});
                   return old;
                 }()),
                 "is of opset 5, and 7 to "));
  onnx_maker fresh{9999};
  fresh.input("x", {1}).output("y");
  fresh.node("Relu", {"x"}, {"y"});
  CHECK(contains(refusal_of(fresh), "is of opset 9999"));
}

TEST_CASE("ops that an opset does not have are named all at once") {
  auto net = small_net();
  net.node("Frobnicate", {"x"}, {"p"});
  net.node("Twiddle", {"x"}, {"q"});
  CHECK(contains(refusal_of(net), "Frobnicate_2 (Frobnicate), Twiddle_3 (Twiddle)"));
}

TEST_CASE("constants in other files are read from the model's folder alone") {
  const temporary_folder folder;
  fs::create_directory(folder / "inside");
  const std::vector<float> numbers{5, 6, 7};
  const byte_span data{reinterpret_cast<const std::uint8_t*>(numbers.data()), 12};
  write_file_atomically(folder / "inside" / "w.bin", data);
  write_file_atomically(folder / "secret.bin", data);
  fs::create_symlink(folder / "secret.bin", folder / "inside" / "link.bin");
  const auto read_with = [&](const std::string& location, const std::string& length = "8") {
    auto net = small_net();
    put_outside(*net.model.mutable_graph()->mutable_initializer(0), location, length);
    return read_onnx(net.save((folder / "inside" / "net.onnx").string()));
  };
  const auto refused = [&](const std::string& location, const std::string& length = "8") {
    auto said = complaint_of([&] { read_with(location, length); });
    INFO(said);
    CHECK(is_sentence(said));
    return said;
  };
  const auto model = read_with("w.bin");
  float first = 0;
  std::memcpy(&first, model.graph.constants.at(0).bytes.data(), sizeof first);
  CHECK(first == 5);
  CHECK(contains(refused("../secret.bin"), "outside the model's folder"));
  CHECK(contains(refused((folder / "secret.bin").string()), "outside the model's folder"));
  CHECK(contains(refused("link.bin"), "outside the model's folder"));
  CHECK(contains(refused(""), "outside the model's folder"));
  CHECK(contains(refused("none.bin"), "there is no such file"));
  CHECK(contains(refused("w.bin", "400"), "400 bytes where"));
  auto net = small_net();
  put_outside(*net.model.mutable_graph()->mutable_initializer(0), "w.bin", "8");
  CHECK(contains(refusal_of(net), "lies in another file, and none goes with this one"));
}
