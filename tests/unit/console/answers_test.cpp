// What is said of boxes, masks and pictures, and where answers are written.
#include "console/answers.hpp"

#include <cstring>
#include <filesystem>

#include "config/base/files.hpp"
#include "console/answer_files.hpp"
#include "console/meaning_flags.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/nothing_model.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

model_description detector() {
  model_description out;
  out.name = "finder";
  out.inputs = {{"x", {1, 3, 64, 64}, element_type::f32}};
  out.outputs = {{"found", {1, 6, 84}, element_type::f32}};
  return out;
}

model_description with_outputs(std::vector<named_form> outputs) {
  auto out = detector();
  out.outputs = std::move(outputs);
  return out;
}

std::vector<host_tensor> zeros(const model_description& model) {
  std::vector<host_tensor> out;
  for (const auto& each : model.outputs)
    out.push_back(
        {each.shape, each.type, byte_vector(element_count(each.shape) * size_of(each.type))});
  return out;
}

std::string said_of_output(const model_description& model, const std::string& output,
                           const std::string& overlay = {}) {
  return complaint_of([&] {
    answer_files{output, overlay}.check(model, understand(model), {"cat.png"});
  });
}

found_boxes two_cats_and_a_dog() {
  return {{{15, "cat", 0.9, {1.2345, 2, 30, 40}},
           {16, "dog", 0.8, {0, 0, 5, 5}},
           {15, "cat", 0.5, {50, 50, 60, 60}}},
          true};
}

}  // namespace

TEST_CASE("boxes, shares and pictures are told") {
  const auto boxes = two_cats_and_a_dog();
  CHECK(contains(describe(boxes, 0.25), "90.00 %  class 15  cat  at 1,2 to 30,40\n"));
  CHECK(describe_briefly(boxes) == "2 cat, 1 dog");
  CHECK(contains(describe(found_boxes{}, 0.4), "at least 0.40; --threshold"));
  CHECK(describe_briefly(found_boxes{}) == "nothing found");
  nlohmann::json json;
  add_json(json, boxes);
  CHECK(json.at("boxes").size() == 3);
  CHECK(json.at("boxes")[0].at("box") == std::vector<double>{1.23, 2, 30, 40});
  CHECK(json.at("boxes_in") == "photo");

  const found_mask mask{{}, {{0, "", 0.75}, {2, "road", 0.25}}, false};
  CHECK(describe(mask, 0) == "75.00 %  class 0\n25.00 %  class 2  road\n");
  CHECK(describe_briefly(mask) == "75 % class 0, 25 % road");
  CHECK(describe_briefly(image{4, 3, {}}) == "picture 4x3");
  CHECK(describe(answer{}, 0).empty());
}

TEST_CASE("a guess that an answer contradicts is a warning, what was said is an error") {
  auto model = detector();
  auto outputs = zeros(model);
  const float no_probability = 77;
  std::memcpy(outputs[0].bytes.data() + 5 * 84 * sizeof(float), &no_probability, sizeof(float));
  const auto read = read_reply(model, understand(model), outputs, {}, {});
  CHECK(std::holds_alternative<std::monostate>(read.what));
  REQUIRE(read.warnings.size() == 1);
  CHECK(contains(read.warnings[0], "bramble model set finder --task none"));
  model.means.task = task_kind::detect;
  CHECK(is_sentence(complaint_of([&] { read_reply(model, understand(model), outputs, {}, {}); })));
}

TEST_CASE("an answer of another model than was described is not read") {
  const auto model = detector();
  const auto read = read_reply(model, understand(model), {}, {}, {});
  CHECK(std::holds_alternative<std::monostate>(read.what));
  CHECK(contains(read.warnings.at(0), "ask again"));
}

TEST_CASE("the ending says what is written") {
  CHECK(kind_of_output("") == output_kind::none);
  CHECK(kind_of_output("a.npy") == output_kind::npy);
  CHECK(kind_of_output("a.NPZ") == output_kind::npz);
  CHECK(kind_of_output("d/a.json") == output_kind::json);
  CHECK(kind_of_output("a.png") == output_kind::png);
  CHECK(kind_of_output("a.png/") == output_kind::folder);
  CHECK(kind_of_output("tensors") == output_kind::folder);
  const temporary_folder folder;
  std::filesystem::create_directory(folder / "was.npy");
  CHECK(kind_of_output((folder / "was.npy").string()) == output_kind::folder);
}

TEST_CASE("what cannot be written so is refused before anything is asked") {
  const auto one = detector();
  const auto two = with_outputs({{"a", {1, 10}, element_type::f32}, {"b", {1}, element_type::i64}});
  CHECK(said_of_output(one, "x.npy").empty());
  CHECK(said_of_output(one, "x.png", "y.png").empty());
  CHECK(said_of_output(two, "x.npz").empty());
  CHECK(contains(said_of_output(two, "d/x.npy"), "a (1x10) and b (1 int64)"));
  CHECK(contains(said_of_output(two, "d/x.npy"), "type --output d/x.npz"));
  CHECK(contains(said_of_output(two, "x.png"), "bramble model set finder --task"));
  CHECK(contains(said_of_output(two, "", "x.png"), "finds neither"));
  CHECK(contains(said_of_output(one, "", "x.jpg"), "--overlay x.png"));
  CHECK(contains(said_of_output(one, "./cat.png"), "overwrite the input"));
  CHECK(contains(said_of_output(one, "", "cat.png"), "overwrite the input"));
}

TEST_CASE("all outputs go to one file, or none does") {
  const temporary_folder folder;
  const auto model =
      with_outputs({{"a", {1, 2}, element_type::f32}, {"b", {1}, element_type::i64}});
  const auto npz = (folder / "x.npz").string();
  CHECK(answer_files{npz, ""}.write(model, {}, zeros(model), {}) == std::vector{npz});
  CHECK(contains(as_text(read_file(npz)), "b.npy"));
  const auto json = (folder / "x.json").string();
  answer_files{json, ""}.write(model, {}, zeros(model), {});
  CHECK(nlohmann::json::parse(as_text(read_file(json))).at("outputs")[1].at("data") ==
        nlohmann::json::array({0}));
  const auto png = (folder / "x.png").string();
  CHECK(contains(complaint_of([&] {
                   answer_files{png, ""}.write(model, {}, zeros(model), {});
                 }),
                 "x.npz"));
  CHECK(contains(complaint_of([&] {
                   answer_files{png, ""}.write(model, two_cats_and_a_dog(), zeros(model), {});
                 }),
                 "the input was none"));
  CHECK_FALSE(std::filesystem::exists(png));
}

TEST_CASE("what is typed of a meaning takes the place of what was said before") {
  const auto typed = [](std::vector<std::string> words, manifest m = nothing_model()) {
    CLI::App app;
    meaning_flags flags;
    flags.add_to(app);
    std::ranges::reverse(words);
    app.parse(words);
    flags.apply_to(m);
    return m;
  };
  auto m = typed({"--task", "detect", "--head", "ssd", "--fit", "crop", "--layout", "nhwc",
                  "--colour", "bgr", "--range", "0..255", "--mean", "1,2,3", "--scale", "0.5"});
  CHECK(m.means == meaning{task_kind::detect, box_head::ssd, photo_fit::crop, photo_layout::nhwc,
                           colour_order::bgr, value_range::bytes});
  CHECK(m.mean == std::vector<float>{1, 2, 3});
  CHECK(m.deviation == std::vector<float>{2});
  m = typed({"--task", "image"}, m);
  CHECK(m.means.head == box_head::unsaid);
  CHECK(m.means.fit == photo_fit::crop);
  CHECK(typed({"--task", "guess"}, m).means.task == task_kind::unsaid);
  CHECK_THROWS_AS(typed({"--task", "sing"}), usage_error);
  CHECK_THROWS_AS(typed({"--task", "image", "--head", "ssd"}), usage_error);
  CHECK_THROWS_AS(typed({"--scale", "0"}), usage_error);
  CHECK_THROWS_AS(typed({"--scale", "1", "--std", "1"}), CLI::Error);
}
