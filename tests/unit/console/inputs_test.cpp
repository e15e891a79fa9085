#include "console/inputs.hpp"

#include <png.h>

#include <cstring>

#include "config/base/files.hpp"
#include "model/image/photo_tensor.hpp"
#include "model/image/resize.hpp"
#include "model/image/tensor_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/image_samples.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

using files = std::vector<std::string>;

/// Two photos in, and a few numbers.
model_description meta() {
  model_description out;
  out.name = "meta";
  out.inputs = {{"before", {1, 3, 4, 4}, element_type::f32},
                {"after", {1, 3, 4, 4}, element_type::f32},
                {"ids", {1, 6}, element_type::i64}};
  return out;
}

std::string said_of(const typed_inputs& typed) {
  return complaint_of([&] { assign_files(meta(), typed); });
}

}  // namespace

TEST_CASE("files go to inputs in order, or by name, or both") {
  const files wanted{"a.jpg", "b.jpg", "c.npy"};
  CHECK(assign_files(meta(), {{"a.jpg", "b.jpg", "c.npy"}, {}}) == wanted);
  CHECK(assign_files(meta(), {{}, {"ids=c.npy", "before=a.jpg", "after=b.jpg"}}) == wanted);
  CHECK(assign_files(meta(), {{"a.jpg", "c.npy"}, {"after=b.jpg"}}) == wanted);
  CHECK(assign_files(meta(), {{"ids=c.npy", "a.jpg", "b.jpg"}, {}}) == wanted);
  // No input is called so: it is a file.
  CHECK(assign_files(meta(), {{"x=1.jpg", "b.jpg", "c.npy"}, {}}) ==
        files{"x=1.jpg", "b.jpg", "c.npy"});
}

TEST_CASE("an input without a file is named, with what to type") {
  CHECK(said_of({{"a.jpg", "b.jpg"}, {}}) ==
        "Model meta takes before (1x3x4x4), after (1x3x4x4) and ids (1x6 int64), and there is no "
        "file for ids; type one for each in that order, or ids=FILE.");
  CHECK(contains(said_of({{}, {"ids=c.npy"}}), "no file for before and after; "));
  CHECK(contains(said_of({{"a", "b", "c", "d"}, {}}), "there is no input left for d."));
  CHECK(said_of({{}, {"idx=c.npy"}}) ==
        "Model meta has no input \"idx\"; it takes before (1x3x4x4), after (1x3x4x4) and ids (1x6 "
        "int64).");
  CHECK(contains(said_of({{"ids=b", "ids=c"}, {}}), "two files, b and c"));
  CHECK(contains(said_of({{}, {"c.npy"}}), "--input image=cat.jpg"));
  CHECK(contains(said_of({{}, {"ids="}}), "--input image=cat.jpg"));
}

TEST_CASE("each input is read as what it is") {
  const temporary_folder folder;
  const auto photo = (folder / "photo").string(), ids = (folder / "ids").string();
  write_file_atomically(photo,
                        samples::png(4, 4, {PNG_COLOR_TYPE_RGB}, samples::pattern(4, 4).rgb));
  const std::vector<std::int64_t> numbers{1, 2, 3, 4, 5, 6};
  byte_vector raw(sizeof(std::int64_t) * numbers.size());
  std::memcpy(raw.data(), numbers.data(), raw.size());
  write_file_atomically(ids, raw);

  const auto fed = load_inputs(meta(), {{photo, photo, ids}, {}});
  REQUIRE(fed.tensors.size() == 3);
  CHECK(fed.warnings.empty());
  CHECK(fed.tensors[0].bytes == fed.tensors[1].bytes);
  CHECK(fed.tensors[2].type == element_type::i64);
  CHECK(fed.tensors[2].bytes == raw);
  CHECK(contains(complaint_of([&] {
                   load_inputs(meta(), {{photo, ids, photo}, {}});
                 }),
                 ids + " is neither an image (JPEG, PNG, PPM) nor a tensor of shape 1x3x4x4"));
  CHECK(contains(complaint_of([&] {
                   load_inputs(meta(), {{photo, photo, photo}, {}});
                 }),
                 "and input ids of the model takes no image but a tensor of shape 1x6 int64"));
}

TEST_CASE("photos go to inputs of either layout, fitted as the model's task wants it") {
  const temporary_folder folder;
  const auto file = (folder / "photo.png").string();
  const auto photo = samples::pattern(8, 4);
  write_file_atomically(file, samples::png(8, 4, {2, 8, false, {}, {}}, photo.rgb));
  model_description both;
  both.name = "both";
  both.inputs = {{"first", {1, 3, 4, 4}, element_type::f32},
                 {"last", {1, 4, 4, 3}, element_type::f32}};
  both.outputs = {{"mask", {1, 1, 4, 4}, element_type::f32}};
  both.means.task = task_kind::segment;
  const auto fed = load_inputs(both, {{file, file}, {}});
  REQUIRE(fed.photo);
  CHECK(fed.photo->file == file);
  CHECK(fed.placement() == place_photo(8, 4, 4, 4, photo_fit::letterbox));
  const auto shown = fit_for_network(photo, 4, 4, photo_fit::letterbox);
  meaning last;
  last.layout = photo_layout::nhwc;
  const auto bytes_of = [](const std::vector<float>& values) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(values.data());
    return byte_vector{first, first + values.size() * sizeof(float)};
  };
  CHECK(fed.tensors[0].bytes == bytes_of(to_tensor(shown)));
  CHECK(fed.tensors[1].bytes == bytes_of(to_tensor(shown, 3, {}, last)));
}

TEST_CASE("noise fits every type of input") {
  const auto fed = noise_inputs(meta());
  CHECK(fed.tensors[0].bytes.size() == 48 * sizeof(float));
  CHECK(fed.tensors[0].bytes != byte_vector(48 * sizeof(float)));
  CHECK(fed.tensors[2].bytes == byte_vector(48));
}
