#include "model/answer/answer.hpp"

#include <rapidcheck.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

using shape_t = std::vector<std::int64_t>;

/// Element by element, in the order of memory.
host_tensor tensor_of(shape_t shape, const std::vector<float>& values) {
  host_tensor out{std::move(shape), element_type::f32, byte_vector(values.size() * sizeof(float))};
  REQUIRE(element_count(out.shape) == values.size());
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

std::vector<named_form> forms_of(const std::vector<host_tensor>& tensors,
                                 const std::vector<std::string>& names = {}) {
  std::vector<named_form> out;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    out.push_back({i < names.size() ? names[i] : "output" + std::to_string(i + 1), tensors[i].shape,
                   tensors[i].type});
  return out;
}

understanding known_of(const std::vector<host_tensor>& outputs, task_kind task,
                       box_head head = box_head::unsaid, const shape_t& input = {1, 3, 100, 200}) {
  meaning said;
  said.task = task;
  said.head = head;
  return understand(said, {{"x", input, element_type::f32}}, forms_of(outputs), "It");
}

std::vector<found_box> boxes_of(const understanding& known, const std::vector<host_tensor>& outputs,
                                reading how = {},
                                const std::optional<photo_placement>& placement = {}) {
  return std::get<found_boxes>(read_answer(known, outputs, placement, {}, how)).boxes;
}

reading labelled(std::vector<std::string> labels) {
  reading out;
  out.labels = std::move(labels);
  return out;
}

}  // namespace

TEST_CASE("a head with objectness multiplies it with the best class") {
  // Centre, size, objectness, two classes.
  const std::vector outputs{tensor_of({1, 3, 7}, {50,  40, 20, 10, 0.9F, 0.1F, 0.8F,     //
                                                  51,  40, 20, 10, 0.8F, 0.0F, 0.8F,     // covered
                                                  150, 60, 40, 40, 0.2F, 1.0F, 0.0F})};  // too low
  const auto boxes = boxes_of(known_of(outputs, task_kind::detect, box_head::yolov5), outputs,
                              labelled({"a", "b"}));
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].label == "b");
  CHECK(boxes[0].index == 1);
  CHECK(boxes[0].score == Approx(0.72));
  CHECK(boxes[0].where == box{40, 35, 60, 45});
}

TEST_CASE("a head of columns holds candidates side by side") {
  const std::vector outputs{tensor_of({1, 6, 2}, {50, 150, 40, 60, 20, 40, 10, 40,  //
                                                  0.3F, 0, 0.1F, 0.9F})};
  auto boxes = boxes_of(known_of(outputs, task_kind::detect, box_head::yolov8), outputs);
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0].where == box{130, 40, 170, 80});
  CHECK(boxes[0].index == 1);
  CHECK(boxes[1].where == box{40, 35, 60, 45});
  reading strict;
  strict.threshold = 0.5;
  CHECK(boxes_of(known_of(outputs, task_kind::detect, box_head::yolov8), outputs, strict).size() ==
        1);
}

TEST_CASE("coordinates that are shares are shares of the input") {
  const std::vector outputs{tensor_of({1, 5, 1}, {0.25F, 0.5F, 0.1F, 0.2F, 0.9F})};
  const auto boxes = boxes_of(known_of(outputs, task_kind::detect, box_head::yolov8), outputs);
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].where.left == Approx(40));
  CHECK(boxes[0].where.bottom == Approx(60));
}

TEST_CASE("a head that has done the choosing is believed") {
  const std::vector outputs{tensor_of({1, 2, 6}, {10, 10, 30, 30, 0.9F, 4,  //
                                                  11, 10, 31, 30, 0.8F, 4})};
  const auto boxes = boxes_of(known_of(outputs, task_kind::detect, box_head::yolov10), outputs);
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0].index == 4);
}

TEST_CASE("of SSD class 0 is the background, unless each class has a label") {
  const std::vector outputs{tensor_of({1, 2, 4}, {0.1F, 0.1F, 0.3F, 0.3F, 0.5F, 0.5F, 0.9F, 0.9F}),
                            tensor_of({1, 2, 3}, {0.9F, 0.06F, 0.04F, 0.2F, 0.1F, 0.7F})};
  const auto known = known_of(outputs, task_kind::detect, box_head::ssd);
  auto boxes = boxes_of(known, outputs, labelled({"cat", "dog"}));
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].label == "dog");
  CHECK(boxes[0].index == 2);
  CHECK(boxes[0].where.left == Approx(100));
  CHECK(boxes[0].where.top == Approx(50));
  boxes = boxes_of(known, outputs, labelled({"background", "cat", "dog"}));
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].label == "dog");
  boxes = boxes_of(known, outputs, labelled({"bird", "cat", "dog"}));
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0].label == "bird");
}

TEST_CASE("DETR answers with logits, the last of which is of nothing") {
  const std::vector outputs{tensor_of({1, 2, 3}, {5, 0, 0, 0, 1, 8}),
                            tensor_of({1, 2, 4}, {0.5F, 0.5F, 0.2F, 0.4F, 0.1F, 0.1F, 0.1F, 0.1F})};
  const auto known = known_of(outputs, task_kind::detect, box_head::detr);
  CHECK(known.answer == 1);
  const auto boxes = boxes_of(known, outputs, labelled({"cat", "dog"}));
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].label == "cat");
  CHECK(boxes[0].score == Approx(std::exp(5.0) / (std::exp(5.0) + 2)));
  CHECK(boxes[0].where.left == Approx(80));
  CHECK(boxes[0].where.right == Approx(120));
  CHECK(boxes[0].where.top == Approx(30));
  // Each class has a label: there is none for nothing, and classes do not exclude each other.
  CHECK(boxes_of(known, outputs, labelled({"a", "b", "c"})).size() == 2);
}

TEST_CASE("boxes are told in the photo's pixels, and only what is in it") {
  const std::vector outputs{tensor_of({1, 5, 2}, {50, 100, 40, 5, 20, 20, 20, 6, 0.9F, 0.9F})};
  const auto known = known_of(outputs, task_kind::detect, box_head::yolov8, {1, 3, 100, 100});
  // A photo of 200x100 lies in rows 25 to 75, halved.
  const auto placement = place_photo(200, 100, 100, 100, photo_fit::letterbox);
  CHECK(placement.top == 25);
  const auto boxes = boxes_of(known, outputs, {}, placement);
  REQUIRE(boxes.size() == 1);  // the other one is in the bar
  CHECK(boxes[0].where == box{80, 10, 120, 50});
}

TEST_CASE("an answer that is laid out otherwise is refused") {
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto score : {30.0F, -2.0F, nan}) {
    const std::vector outputs{tensor_of({1, 5, 1}, {1, 1, 1, 1, score})};
    const auto known = known_of(outputs, task_kind::detect, box_head::yolov8);
    const auto said = complaint_of([&] { boxes_of(known, outputs); });
    CHECK(contains(said, "no probabilities"));
    CHECK(is_sentence(said));
  }
  const std::vector outputs{tensor_of({1, 5, 1}, {nan, 1, 1, 1, 1})};
  const auto known = known_of(outputs, task_kind::detect, box_head::yolov8);
  CHECK(contains(complaint_of([&] { boxes_of(known, outputs); }), "no numbers"));
  CHECK(is_sentence(complaint_of([&] { boxes_of(known, {}); })));
  CHECK(is_sentence(complaint_of([&] { boxes_of(known, {{{1, 5}, element_type::f32, {}}}); })));
}

TEST_CASE("a classifier's answer is its best classes, and none means nothing") {
  const std::vector outputs{tensor_of({1, 3}, {0, 2, 1})};
  const auto known = known_of(outputs, task_kind::unsaid);
  REQUIRE(known.what.task == task_kind::classify);
  const auto top = std::get<std::vector<class_score>>(
      read_answer(known, outputs, {}, {}, labelled({"a", "b", "c"})));
  CHECK(top.at(0).label == "b");
  CHECK(std::holds_alternative<std::monostate>(
      read_answer(known_of(outputs, task_kind::none), outputs, {}, {}, {})));
}

TEST_CASE("a picture is the photo's size without its bars, and normalised no more") {
  std::vector<float> values(std::size_t{3} * 4 * 4, 0.0F);
  for (std::size_t i = 0; i < 16; ++i) values[i] = 1;  // red
  const std::vector outputs{tensor_of({1, 3, 4, 4}, values)};
  const auto known = known_of(outputs, task_kind::image, box_head::unsaid, {1, 3, 4, 4});
  const auto placement = place_photo(40, 20, 4, 4, photo_fit::letterbox);
  const normalisation half{{0.5F}, {0.5F}};
  const auto picture = std::get<image>(read_answer(known, outputs, placement, half, {}));
  CHECK(picture.width == 4);
  CHECK(picture.height == 2);
  CHECK(picture.rgb[0] == 255);  // 1 * 0.5 + 0.5
  CHECK(picture.rgb[1] == 128);  // 0 * 0.5 + 0.5
}

TEST_CASE("whatever a tensor holds, reading it ends in a sentence at most") {
  REQUIRE(rc::check("read_answer", [] {
    const auto shape = [] {
      return *rc::gen::elementOf(std::vector<shape_t>{{1, 3, 8, 8},
                                                      {1, 1, 8, 8},
                                                      {1, 8, 8, 3},
                                                      {1, 5, 4},
                                                      {1, 4, 7},
                                                      {1, 9, 6},
                                                      {1, 6},
                                                      {8, 8},
                                                      {1, 8, 8},
                                                      {1, 3, 16, 16}});
    };
    const auto tensor = [&] {
      host_tensor out{
          shape(), *rc::gen::element(element_type::f32, element_type::i64, element_type::u8), {}};
      const auto size = element_count(out.shape) * size_of(out.type);
      const auto seed = *rc::gen::container<byte_vector>(rc::gen::arbitrary<std::uint8_t>());
      // Mostly as long as it should be, of a few bytes again and again.
      out.bytes.resize(*rc::gen::weightedElement<std::size_t>({{9, size}, {1, size / 2}}));
      for (std::size_t i = 0; i < out.bytes.size() && !seed.empty(); ++i)
        out.bytes[i] = seed[i % seed.size()];
      return out;
    };
    std::vector<host_tensor> outputs;
    for (auto count = *rc::gen::inRange(1, 4); count > 0; --count) outputs.push_back(tensor());
    meaning said;
    said.task = static_cast<task_kind>(*rc::gen::inRange(0, 7));
    if (said.task == task_kind::detect) said.head = static_cast<box_head>(*rc::gen::inRange(0, 6));
    reading how;
    how.threshold = *rc::gen::element(0.0, 0.25, 1.0);
    how.labels.resize(*rc::gen::inRange<std::size_t>(0, 8), "a");
    std::optional<photo_placement> placement;
    if (*rc::gen::arbitrary<bool>()) placement = place_photo(20, 10, 8, 8, photo_fit::letterbox);
    const auto forms = forms_of(outputs);
    if (*rc::gen::element(0, 0, 0, 1) != 0) outputs.pop_back();
    RC_ASSERT(succeeds_or_complains([&] {
      const auto known = understand(said, {{"x", {1, 3, 8, 8}, element_type::f32}}, forms, "It");
      const auto read = read_answer(known, outputs, placement, {}, how);
      const auto* boxes = std::get_if<found_boxes>(&read);
      for (std::size_t i = 0; boxes != nullptr && placement && i < boxes->boxes.size(); ++i) {
        const auto& where = boxes->boxes[i].where;
        RC_ASSERT(where.left >= 0 && where.right <= 20 && where.top >= 0 && where.bottom <= 10);
      }
    }));
  }));
}
