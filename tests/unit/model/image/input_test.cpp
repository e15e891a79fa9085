#include <png.h>
#include <rapidcheck.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "config/base/files.hpp"
#include "model/image/classification.hpp"
#include "model/image/image.hpp"
#include "model/image/input.hpp"
#include "model/image/resize.hpp"
#include "model/image/tensor_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/image_samples.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

using shape = std::vector<std::int64_t>;

/// A .npy file by hand: any version, header text and elements.
byte_vector npy(int version, std::string header, const byte_vector& elements) {
  byte_vector out{0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<std::uint8_t>(version), 0};
  header += '\n';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    out.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i)));
  out.insert(out.end(), header.begin(), header.end());
  out.insert(out.end(), elements.begin(), elements.end());
  return out;
}

std::string header_of(const std::string& type, const std::string& dimensions,
                      const std::string& order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + dimensions + ", }";
}

template <class T>
byte_vector raw(const std::vector<T>& values) {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(values.data());
  return byte_vector(begin, begin + values.size() * sizeof(T));
}

std::vector<float> floats_of(const byte_vector& bytes) {
  std::vector<float> out(bytes.size() / sizeof(float));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

/// A float32 input of that shape, a photo being normalised by `normalise`.
std::vector<float> load(const std::filesystem::path& file, const shape& wanted,
                        const normalisation& normalise = {}) {
  return floats_of(load_input(file, {wanted, element_type::f32, normalise}).bytes);
}

std::string said_of(const byte_vector& bytes) {
  return complaint_of([&] { decode_npy(bytes, "x.npy"); });
}

}  // namespace

TEST_CASE("a .npy file is read in each version and element type") {
  const shape wanted{2, 2};
  CHECK(decode_npy(npy(1, header_of("<f4", "(2, 2)"), raw<float>({1, 2, -3, 0.5F})), "x") ==
        tensor_data{wanted, raw<float>({1, 2, -3, 0.5F})});
  CHECK(decode_npy(npy(2, header_of("<f8", "(2, 2)"), raw<double>({1, 2, -3, 1e300})), "x") ==
        tensor_data{wanted, raw<float>({1, 2, -3, std::numeric_limits<float>::infinity()})});
  CHECK(decode_npy(npy(3, header_of("|u1", "(2,2)"), {0, 1, 128, 255}), "x") ==
        tensor_data{wanted, raw<float>({0, 1, 128, 255})});
  CHECK(decode_npy(npy(1, "{ \"shape\":(4,),\"fortran_order\" : False,'descr':'<f4'}",
                       raw<float>({1, 2, 3, 4})),
                   "x") == tensor_data{{4}, raw<float>({1, 2, 3, 4})});
  CHECK(decode_npy(npy(1, header_of("<f4", "()"), raw<float>({7})), "x") ==
        tensor_data{{}, raw<float>({7})});
}

TEST_CASE("every float16 becomes the float32 of the same value") {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  const auto values =
      floats_of(decode_npy(npy(1, header_of("<f2", "(65536,)"), raw(all)), "x").bytes);
  CHECK(values[0x0000] == 0.0F);
  CHECK(std::signbit(values[0x8000]));
  CHECK(values[0x3c00] == 1.0F);
  CHECK(values[0xc000] == -2.0F);
  CHECK(values[0x3555] == 0.333251953125F);
  CHECK(values[0x7bff] == 65504.0F);
  CHECK(values[0x0400] == 0x1p-14F);
  CHECK(values[0x0001] == 0x1p-24F);
  CHECK(values[0x03ff] == 1023 * 0x1p-24F);
  CHECK(values[0xfc00] == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(values[0x7e00]));
  for (std::size_t i = 1; i < 0x7c00; ++i) REQUIRE(values[i] > values[i - 1]);
}

TEST_CASE("what is written as .npy is read back") {
  REQUIRE(rc::check("encode and decode", [] {
    const auto dimensions =
        *rc::gen::container<std::vector<std::int64_t>>(3, rc::gen::inRange<std::int64_t>(0, 6));
    const auto count = static_cast<std::size_t>(dimensions[0] * dimensions[1] * dimensions[2]);
    const auto values = *rc::gen::container<std::vector<float>>(count, rc::gen::arbitrary<float>());
    const auto bytes = encode_npy(dimensions, values);
    RC_ASSERT((bytes.size() - values.size() * sizeof(float)) % 64 == 0U);
    RC_ASSERT(decode_npy(bytes, "x") == (tensor_data{dimensions, raw(values)}));
  }));
  CHECK_THROWS_AS(encode_npy(shape{2, 2}, std::vector<float>(3)), std::invalid_argument);
}

TEST_CASE("elements of every type are written as .npy and read back") {
  for (const auto type : {element_type::f32, element_type::f16, element_type::f64,
                          element_type::i64, element_type::i32, element_type::i16, element_type::i8,
                          element_type::u8, element_type::boolean}) {
    byte_vector elements(3 * size_of(type));
    elements[0] = 1;
    elements[2 * size_of(type)] = 1;
    CHECK(decode_npy(encode_npy(shape{3}, type, elements), "x", type) ==
          (tensor_data{{3}, elements}));
    CHECK_THROWS_AS(encode_npy(shape{4}, type, elements), std::invalid_argument);
  }
}

TEST_CASE("a .npy file that cannot be read says why") {
  const auto four = raw<float>({1, 2, 3, 4});
  CHECK(contains(said_of(npy(1, header_of("<f4", "(2, 2)", "True"), four)), "Fortran"));
  CHECK(contains(said_of(npy(1, header_of("<c8", "(2,)"), four)), "'<c8'"));
  CHECK(contains(said_of(npy(1, header_of(">f4", "(4,)"), four)), "'>f4'"));
  CHECK(contains(said_of(npy(9, header_of("<f4", "(4,)"), four)), "version 9"));
  CHECK(contains(said_of(npy(1, header_of("<f4", "(5,)"), four)), "truncated"));
  CHECK(contains(said_of(npy(1, header_of("<f4", "(3,)"), four)), "too long"));
  CHECK(contains(
      said_of(npy(1, header_of("<f4", "(9223372036854775807, 9223372036854775807)"), four)),
      "larger"));
  CHECK(contains(said_of(npy(1, header_of("<f4", "(-4,)"), four)), "header"));
  CHECK(contains(said_of(npy(1, header_of("<f4", "(1,1,1,1,1,1,1,1,4)"), four)), "header"));
  CHECK(contains(
      said_of(npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)}", four)),
      "plain numbers"));
  CHECK(contains(said_of(npy(1, "{'descr': '<f4', 'shape': (4,)}", four)), "header"));
  CHECK(contains(said_of(npy(1, header_of("<f4", "(4,)") + "x", four)), "header"));
  CHECK(contains(said_of({0x93, 'N', 'U', 'M', 'P', 'Y'}), "truncated"));
  CHECK(contains(said_of({1, 2, 3}), "no .npy"));
}

TEST_CASE("damaged .npy files never do more than complain") {
  const auto whole = encode_npy(shape{2, 3}, std::vector<float>(6, 1));
  REQUIRE(rc::check("decode_npy", [&] {
    const auto bytes = *damaged(whole);
    RC_ASSERT(succeeds_or_complains([&] { decode_npy(bytes, "x.npy"); }));
  }));
}

TEST_CASE("an input is read from whatever the file holds, whatever its name") {
  const temporary_folder folder;
  const auto file = folder / "photo.txt";
  const shape wanted{1, 3, 2, 2};
  const std::vector<float> values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

  write_npy(file, wanted, values);
  CHECK(load(file, wanted) == values);
  write_npy(file, shape{3, 2, 2}, values);
  CHECK(load(file, wanted) == values);
  write_file_atomically(file, raw(values));
  CHECK(load(file, wanted) == values);

  const auto picture = samples::pattern(2, 2);
  write_file_atomically(file, samples::png(2, 2, {PNG_COLOR_TYPE_RGB}, picture.rgb));
  CHECK(load(file, wanted) == to_tensor(picture));
  const normalisation half{{0.5F, 0.5F, 0.5F}, {0.5F, 0.5F, 0.5F}};
  CHECK(load(file, wanted, half) == to_tensor(picture, 3, half));
  const shape wide{1, 3, 4, 9};
  CHECK(load(file, wide) == to_tensor(fit_for_network(picture, 4, 9)));
  write_file_atomically(file, samples::jpeg(40, 30));
  CHECK(load(file, wide).size() == 108);
}

TEST_CASE("a network of one channel takes a photo, which becomes grey before it is resized") {
  const temporary_folder folder;
  const auto file = folder / "digit.png";
  auto picture = samples::pattern(40, 30);
  write_file_atomically(file, samples::png(40, 30, {PNG_COLOR_TYPE_RGB}, picture.rgb));
  make_grey(picture);
  const normalisation one{{0.1307F}, {0.3081F}};
  CHECK(load(file, {1, 1, 28, 28}, one) == to_tensor(fit_for_network(picture, 28, 28), 1, one));
  CHECK(load(file, {1, 28, 28}) == to_tensor(fit_for_network(picture, 28, 28), 1));
  CHECK(load(file, {3, 28, 28}).size() == std::size_t{3} * 28 * 28);
}

TEST_CASE("a .npy file of whole numbers feeds a model that takes them") {
  const auto decode_as = [](element_type wanted, const std::string& type, const byte_vector& data,
                            const std::string& dimensions) {
    return decode_npy(npy(1, header_of(type, dimensions), data), "x.npy", wanted).bytes;
  };
  const auto wanted = raw<std::int64_t>({0, 7, 100});
  CHECK(decode_as(element_type::i64, "<i8", wanted, "(3,)") == wanted);
  CHECK(decode_as(element_type::i64, "<i4", raw<std::int32_t>({0, 7, 100}), "(3,)") == wanted);
  CHECK(decode_as(element_type::i64, "<u2", raw<std::uint16_t>({0, 7, 100}), "(3,)") == wanted);
  CHECK(decode_as(element_type::i64, "|i1", {0, 7, 100}, "(3,)") == wanted);
  CHECK(decode_as(element_type::i32, "<i8", raw<std::int64_t>({-1}), "(1,)") ==
        raw<std::int32_t>({-1}));
  CHECK(decode_as(element_type::f32, "<i8", raw<std::int64_t>({-3, 1 << 24}), "(2,)") ==
        raw<float>({-3, 1 << 24}));
  CHECK(decode_as(element_type::f64, "<f4", raw<float>({0.5F}), "(1,)") == raw<double>({0.5}));
  CHECK(decode_as(element_type::boolean, "|b1", {0, 1, 2}, "(3,)") == byte_vector{0, 1, 1});
  CHECK(decode_as(element_type::boolean, "<i8", raw<std::int64_t>({0, 1}), "(2,)") ==
        byte_vector{0, 1});
}

TEST_CASE("numbers that a model's type cannot hold are refused, by their place") {
  const auto said = [](element_type wanted, const std::string& type, const byte_vector& data) {
    return complaint_of(
        [&] { decode_npy(npy(1, header_of(type, "(2,)"), data), "x.npy", wanted); });
  };
  CHECK(
      said(element_type::i8, "<i8", raw<std::int64_t>({1, 128})) ==
      "x.npy: element 1 is 128, which int8, the type that the model takes, does not hold exactly.");
  CHECK(
      contains(said(element_type::f32, "<i8", raw<std::int64_t>({1, (1 << 24) + 1})), "16777217"));
  CHECK(contains(said(element_type::i64, "<u8", raw<std::uint64_t>({1, ~0ULL})), "element 1"));
  CHECK(contains(said(element_type::u8, "<i8", raw<std::int64_t>({-1, 0})), "element 0 is -1"));
  CHECK(contains(said(element_type::boolean, "|u1", {1, 2}), "element 1 is 2"));
  CHECK(said(element_type::i64, "<f4", raw<float>({1, 2})) ==
        "x.npy: the elements of this .npy file are of type '<f4', and the model takes int64 there; "
        "save it with .astype('int64').");
}

TEST_CASE("raw elements are taken as the model's type has them") {
  const temporary_folder folder;
  const auto file = folder / "ids";
  const auto ids = raw<std::int64_t>({3, 1, 4});
  write_file_atomically(file, ids);
  CHECK(load_input(file, {{1, 3}, element_type::i64, {}}).bytes == ids);
  CHECK(contains(complaint_of([&] {
                   load_input(file, {{1, 4}, element_type::i64, {}});
                 }),
                 "a tensor of shape 1x4 (.npy or raw int64)"));
  CHECK(contains(complaint_of([&] {
                   load_input(file, {{24}, element_type::boolean, {}});
                 }),
                 "raw bool"));
  write_file_atomically(file, samples::jpeg(8, 8));
  CHECK(contains(complaint_of([&] {
                   load_input(file, {{1, 3, 8, 8}, element_type::i64, {}});
                 }),
                 "takes no image but a tensor of shape 1x3x8x8 int64"));
}

TEST_CASE("a picture that was damaged is fed all the same, and says so") {
  const temporary_folder folder;
  const auto file = folder / "photo.jpg";
  auto bytes = samples::jpeg(64, 48);
  bytes.resize(bytes.size() * 3 / 4);
  bytes.insert(bytes.end(), {0xff, 0xd9});
  write_file_atomically(file, bytes);
  const auto loaded = load_input(file, {{1, 3, 8, 8}});
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(contains(loaded.warnings[0], file.string() + ": the JPEG image is damaged"));
}

TEST_CASE("an input that does not fit says what would") {
  const temporary_folder folder;
  const auto file = folder / "in";
  const shape wanted{1, 3, 299, 299};
  const auto said = [&] { return complaint_of([&] { load(file, wanted); }); };

  CHECK(contains(said(), file.string() + ": cannot read the file"));
  write_file_atomically(file, as_bytes("hello"));
  CHECK(said() == file.string() +
                      " is neither an image (JPEG, PNG, PPM) nor a tensor of shape "
                      "1x3x299x299 (.npy or raw float32).");
  write_file_atomically(file, {});
  CHECK(contains(said(), "neither an image"));
  write_file_atomically(file, as_bytes("GIF89a and so on"));
  CHECK(contains(said(),
                 " is a picture in the format GIF, which is not read; JPEG, PNG and PPM are"));
  CHECK(is_sentence(said()));
  write_npy(file, shape{1, 3, 1, 4}, std::vector<float>(12));
  CHECK(said() ==
        file.string() + ": the tensor has shape 1x3x1x4, and the model takes 1x3x299x299.");
  write_file_atomically(file, samples::jpeg(8, 8));
  CHECK(contains(complaint_of([&] { load(file, {1, 16}); }), "takes no image"));
  CHECK(contains(
      complaint_of([&] {
        load(file, {1, 4, 8, 8});
      }),
      "three channels (colours) or one (grey) can be made, and the model takes 4 (1x4x8x8)"));
  CHECK(contains(complaint_of([&] { load(folder.path(), wanted); }), "folder"));
  CHECK(contains(complaint_of([&] { load(file, {0, 3}); }), "0x3"));
}

TEST_CASE("labels are lines, whatever their endings") {
  const temporary_folder folder;
  const auto file = folder / "labels";
  write_file_atomically(file, as_bytes("cat\r\n\ndog, wolf\nFr\xc3\xa9"
                                       "d\n\n"));
  CHECK(read_labels(file) == std::vector<std::string>{"cat", "", "dog, wolf",
                                                      "Fr\xc3\xa9"
                                                      "d"});
  write_file_atomically(file, as_bytes("one"));
  CHECK(read_labels(file) == std::vector<std::string>{"one"});
  write_file_atomically(file, as_bytes("\n\n"));
  CHECK(contains(complaint_of([&] { read_labels(file); }), "empty"));
  write_file_atomically(file, as_bytes("a\nb\x1b[2J\n"));
  CHECK(contains(complaint_of([&] { read_labels(file); }), file.string() + ":2: "));
}

TEST_CASE("softmax and the top classes") {
  const std::vector<float> logits{1, 3, 2, 3};
  const auto p = softmax(logits);
  CHECK(p[0] + p[1] + p[2] + p[3] == Approx(1));
  CHECK(p[1] / p[0] == Approx(std::exp(2.0)));
  CHECK(softmax(std::vector<float>{1e30F, 1e30F})[1] == Approx(0.5));
  CHECK(softmax({}).empty());

  const auto top = top_classes(logits, 3, {"a", "b", "c", "d"});
  REQUIRE(top.size() == 3);
  CHECK(top[0] == class_score{1, "b", p[1]});
  CHECK(top[1] == class_score{3, "d", p[3]});
  CHECK(top[2] == class_score{2, "c", p[2]});
  CHECK(top_classes(logits, 99).size() == 4);
  CHECK(top_classes(logits, 1)[0].label.empty());
  CHECK(contains(complaint_of([&] { top_classes(logits, 1, {"a"}); }), "1 lines"));
  const std::vector<float> broken{1, std::numeric_limits<float>::quiet_NaN()};
  CHECK(contains(complaint_of([&] { top_classes(broken, 1); }), "finite"));
}
