#include "model/graph/understanding.hpp"

#include <rapidcheck.h>

#include "model/graph/manifest.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/nothing_model.hpp"

using namespace bramble;

namespace {

using shape_t = std::vector<std::int64_t>;

std::vector<named_form> forms(const std::vector<std::pair<std::string, shape_t>>& given) {
  std::vector<named_form> out;
  for (const auto& [name, shape] : given) out.push_back({name, shape, element_type::f32});
  return out;
}

understanding guessed(const shape_t& input,
                      const std::vector<std::pair<std::string, shape_t>>& outputs) {
  return understand({}, forms({{"x", input}}), forms(outputs), "It");
}

meaning said(task_kind task, box_head head = box_head::unsaid) {
  meaning out;
  out.task = task;
  out.head = head;
  return out;
}

}  // namespace

TEST_CASE("shapes that are unmistakable say the task") {
  const shape_t photo{1, 3, 640, 640};
  CHECK(guessed({1, 3, 224, 224}, {{"y", {1, 1000}}}).what.task == task_kind::classify);

  const auto v8 = guessed(photo, {{"output0", {1, 84, 8400}}});
  CHECK(v8.what.task == task_kind::detect);
  CHECK(v8.what.head == box_head::yolov8);
  CHECK(v8.classes == 80);
  CHECK(v8.guessed);
  CHECK(v8.what.fit == photo_fit::letterbox);
  const auto v5 = guessed(
      photo, {{"output", {1, 25200, 85}}, {"a", {1, 3, 80, 80, 85}}, {"b", {1, 3, 40, 40, 85}}});
  CHECK(v5.what.head == box_head::yolov5);
  CHECK(v5.classes == 80);
  CHECK(guessed(photo, {{"output0", {1, 300, 6}}}).what.head == box_head::yolov10);

  const auto detr =
      guessed({1, 3, 800, 1066}, {{"logits", {1, 100, 92}}, {"pred_boxes", {1, 100, 4}}});
  CHECK(detr.what.head == box_head::detr);
  CHECK(detr.answer == 1);
  CHECK(detr.scores == std::size_t{0});
  CHECK(detr.what.fit == photo_fit::stretch);
  CHECK(guessed({1, 3, 300, 300}, {{"scores", {1, 8732, 4}}, {"boxes", {1, 8732, 4}}}).answer == 1);

  const auto mask = guessed({1, 3, 64, 96}, {{"out", {1, 21, 64, 96}}, {"aux", {1, 21, 64, 96}}});
  CHECK(mask.what.task == task_kind::segment);
  CHECK(mask.classes == 21);
  CHECK(guessed({1, 1, 64, 64}, {{"y", {1, 1, 128, 128}}}).what.task == task_kind::image);
}

TEST_CASE("shapes that could be several things say nothing") {
  for (const auto& output : std::vector<shape_t>{{1, 3, 64, 64},  // three classes, or colours
                                                 {1, 1, 64, 64},  // a mask, or a grey picture
                                                 {1, 84, 8000},   // no grid over this photo
                                                 {1, 64, 16, 16},
                                                 {1, 10, 5},
                                                 {2, 10}})
    CHECK(guessed({1, 3, 64, 64}, {{"y", output}}).what.task == task_kind::unsaid);
  CHECK(guessed({1, 32}, {{"y", {1, 84, 8400}}}).what.task == task_kind::unsaid);
}

TEST_CASE("what was said is taken, and refused where it cannot be") {
  const auto input = forms({{"x", {1, 3, 64, 64}}});
  const auto one =
      understand(said(task_kind::segment), input, forms({{"y", {1, 1, 32, 32}}}), "It");
  CHECK(one.classes == 1);
  CHECK_FALSE(one.guessed);
  CHECK(understand(said(task_kind::image), input, forms({{"y", {1, 3, 64, 64}}}), "It").what.task ==
        task_kind::image);
  CHECK(understand(said(task_kind::none), input, forms({{"y", {1, 10}}}), "It").what.task ==
        task_kind::none);
  CHECK(
      understand(said(task_kind::unsaid, box_head::yolov5), input, forms({{"y", {1, 12, 7}}}), "It")
          .classes == 2);
  for (const auto task :
       {task_kind::classify, task_kind::detect, task_kind::segment, task_kind::image}) {
    const auto why = complaint_of([&] {
      understand(said(task), input, forms({{"y", {1, 2, 3, 4, 5}}}), "It");
    });
    CHECK(is_sentence(why));
    CHECK(contains(why, "y 1x2x3x4x5"));
  }
  auto photo = said(task_kind::unsaid);
  photo.layout = photo_layout::nhwc;
  CHECK(contains(complaint_of([&] { understand(photo, input, {}, "It"); }),
                 "is a photo laid out so"));
}

TEST_CASE("channels stand where the shape or the owner says") {
  CHECK(photo_frame_of({1, 3, 8, 9}, photo_layout::unsaid) == photo_frame{3, 8, 9, false});
  CHECK(photo_frame_of({1, 8, 9, 3}, photo_layout::unsaid) == photo_frame{3, 8, 9, true});
  CHECK(photo_frame_of({1, 3, 9, 3}, photo_layout::unsaid) == photo_frame{3, 9, 3, false});
  CHECK(photo_frame_of({1, 3, 9, 3}, photo_layout::nhwc) == photo_frame{3, 3, 9, true});
  CHECK_FALSE(photo_frame_of({1, 4, 9, 5}, photo_layout::unsaid));
  CHECK_FALSE(photo_frame_of({2, 3, 9, 5}, photo_layout::unsaid));
  CHECK_FALSE(photo_frame_of({1, 3, 0, 5}, photo_layout::unsaid));
}

TEST_CASE("labels are as many as there are classes, nothing included or not") {
  const auto detr = guessed({1, 3, 80, 80}, {{"logits", {1, 10, 5}}, {"boxes", {1, 10, 4}}});
  const auto told = [](const understanding& known, std::size_t count) {
    return complaint_of(
        [&] { check_labels(std::vector<std::string>(count, "a"), known, "labels.txt"); });
  };
  CHECK(told(detr, 0).empty());
  CHECK(told(detr, 5).empty());
  CHECK(told(detr, 4).empty());
  CHECK(contains(told(detr, 3), "labels.txt has 3 labels, and the model tells 5 classes apart"));
  const auto one = understand(said(task_kind::segment), forms({{"x", {1, 3, 8, 8}}}),
                              forms({{"y", {1, 1, 8, 8}}}), "It");
  CHECK(told(one, 1).empty());
  CHECK(told(one, 2).empty());
  CHECK_FALSE(told(one, 3).empty());
  const auto tensors = understand(said(task_kind::none), forms({{"x", {1, 3, 8, 8}}}),
                                  forms({{"y", {1, 1, 8, 8}}}), "It");
  CHECK(told(tensors, 3).empty());
  const auto unknown = guessed({1, 3, 8, 8}, {{"y", {1, 2, 3}}});
  CHECK(contains(told(unknown, 3), "--task detect"));
}

TEST_CASE("whatever the shapes, understanding them ends in a sentence at most") {
  REQUIRE(rc::check("understand", [] {
    const auto shape = [] {
      return *rc::gen::container<shape_t>(
          rc::gen::element<std::int64_t>(0, 1, 3, 4, 6, 8, 84, 300));
    };
    const auto some = [&] {
      std::vector<named_form> out;
      for (auto count = *rc::gen::inRange(0, 4); count > 0; --count)
        out.push_back({*rc::gen::element<std::string>("boxes", "scores", "logits", "y"), shape(),
                       *rc::gen::element(element_type::f32, element_type::u8, element_type::i64)});
      return out;
    };
    meaning what;
    what.task = static_cast<task_kind>(*rc::gen::inRange(0, 7));
    what.head = static_cast<box_head>(*rc::gen::inRange(0, 6));
    what.layout = static_cast<photo_layout>(*rc::gen::inRange(0, 3));
    const auto inputs = some(), outputs = some();
    RC_ASSERT(succeeds_or_complains([&] {
      const auto known = understand(what, inputs, outputs, "It");
      RC_ASSERT(known.reading.empty() || known.answer < outputs.size());
      RC_ASSERT(!known.scores || *known.scores < outputs.size());
    }));
  }));
}

TEST_CASE("outputs have names of their own, or are counted") {
  auto m = nothing_model();
  CHECK(output_name(m, 0) == "output");
  m.output_names = {"mask"};
  CHECK(output_name(m, 0) == "mask");
  CHECK(decode_manifest(encode_manifest(m), "here").output_names == m.output_names);
  CHECK(usable_output_names({"a", ""}, 2) == std::vector<std::string>{"a", ""});
  CHECK(usable_output_names({"a", "a"}, 2).empty());
  CHECK(usable_output_names({"output2", ""}, 2).empty());
  CHECK(usable_output_names({"", ""}, 2).empty());
  CHECK(usable_output_names({"a"}, 2).empty());
  CHECK(usable_output_names({"\x1b[2J"}, 1).empty());
  m.output_names = {"\x1b[2J"};
  CHECK_FALSE(complaint_of([&] { decode_manifest(encode_manifest(m), "here"); }).empty());
}

TEST_CASE("a manifest keeps what was said, and bytes that say nothing known are refused") {
  auto m = nothing_model();
  m.means.task = task_kind::none;
  CHECK(decode_manifest(encode_manifest(m), "here").means == m.means);
  m.means.task = static_cast<task_kind>(77);
  CHECK(contains(complaint_of([&] { decode_manifest(encode_manifest(m), "here"); }), "no way"));
  m.version = 4;  // which does not hold it
  CHECK(decode_manifest(encode_manifest(m), "here").means == meaning{});
}
