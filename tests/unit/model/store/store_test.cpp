#include "model/store/store.hpp"

#include <fstream>
#include <future>
#include <limits>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;
namespace fs = std::filesystem;

namespace {

const std::string some_digest(64, 'a');

std::string complaint(const byte_vector& bytes) {
  return complaint_of([&] { decode_manifest(bytes, "model.bin"); });
}

}  // namespace

TEST_CASE("a manifest comes back as it was") {
  auto m = small_manifest(some_digest, std::string(64, 'b'));
  m.remark = "said with every result";
  m.mean = {0.1F, 0.2F, 0.3F};
  const auto bytes = encode_manifest(m);
  const auto back = decode_manifest(bytes, "here");
  CHECK(encode_manifest(back) == bytes);
  CHECK(back.remark == m.remark);
  CHECK(back.mean == m.mean);
  CHECK(identity(back) == sha256_hex(bytes));
}

TEST_CASE("a manifest that cannot be used is told apart") {
  const auto good = encode_manifest(small_manifest(some_digest, some_digest));
  CHECK(complaint(good).empty());
  CHECK(contains(complaint({}), "model.bin: this is no model manifest"));

  auto other_magic = good;
  other_magic[0] ^= 1U;
  CHECK(contains(complaint(other_magic), "no model manifest"));

  auto newer = good;
  newer[8] = 9;
  CHECK(contains(complaint(newer), "format 9"));

  auto longer = good;
  longer.push_back(0);
  CHECK(contains(complaint(longer), "damaged"));

  CHECK(contains(complaint(byte_vector(defaults::manifest_limit_bytes + 1)), "larger than"));

  auto m = small_manifest(some_digest, some_digest);
  m.deviation = {1, 0, 1};
  CHECK(contains(complaint(encode_manifest(m)), "deviation"));
  m.deviation[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK(contains(complaint(encode_manifest(m)), "deviation"));

  m = small_manifest(some_digest, some_digest);
  m.model.inputs = {0};
  m.model.values[0].shape = m.model.values[1].shape = {1, 3, 4, 4};
  m.model.weights[0].shape = {3, 3, 1, 1}, m.model.weights[1].shape = {3};
  m.mean = {0.5F, 0.5F, 0.5F};
  REQUIRE(complaint(encode_manifest(m)).empty());
  m.mean = {0.5F, 0.5F};
  CHECK(contains(complaint(encode_manifest(m)),
                 "the mean has 2 numbers, and an input of 1x3x4x4 takes 3 channels"));
  m.mean = {0.5F};
  m.input_names = {"image"};
  CHECK(complaint(encode_manifest(m)).empty());
  m.input_names = {"image", "other"};
  CHECK(contains(complaint(encode_manifest(m)), "2 names for 1 inputs"));
  m.input_names = {"a=b"};
  CHECK(contains(complaint(encode_manifest(m)), "tells it from no other"));

  m = small_manifest(some_digest, some_digest);
  m.model.ops[0].inputs = {7};
  CHECK(contains(complaint(encode_manifest(m)), "model.bin: the graph is broken"));
  m = small_manifest(some_digest, "../../../etc/passwd");
  CHECK_FALSE(complaint(encode_manifest(m)).empty());
  m = small_manifest(some_digest, some_digest);
  m.remark = "\x1b[2J";
  CHECK(contains(complaint(encode_manifest(m)), "printable"));
}

TEST_CASE("labels are one for each class, in any language") {
  auto m = small_manifest(some_digest, some_digest);
  m.labels = {"cat"};
  CHECK(contains(complaint(encode_manifest(m)), "the model is no classifier"));
  auto& g = m.model;
  g.ops[0].kind = op_kind::reshape;
  g.ops[0].weights.clear();
  g.weights.clear();
  g.values[1].shape = {1, 32};
  CHECK(contains(complaint(encode_manifest(m)), "has 1 label, and the model tells 32 classes"));
  m.labels.assign(32,
                  "Schr\xc3\xb6"
                  "dinger's cat, \xe7\x8c\xab");
  CHECK(complaint(encode_manifest(m)).empty());
  CHECK(decode_manifest(encode_manifest(m), "here").labels == m.labels);
  for (const std::string bad : {"\x1b[2J", "a\nb", "\xe9t\xe9",
                                "\xc2\x9b"
                                "2J"}) {
    m.labels[7] = bad;
    CHECK(contains(complaint(encode_manifest(m)), "no line of text"));
  }
}

TEST_CASE("a manifest of an older format keeps its bytes, and so its identity") {
  auto m = small_manifest(some_digest, some_digest);
  for (auto old = manifest::oldest_version; old < manifest::current_version; ++old) {
    m.version = old;
    const auto bytes = encode_manifest(m);
    const auto back = decode_manifest(bytes, "here");
    CHECK(encode_manifest(back) == bytes);
    CHECK(back.version == old);
    CHECK(back.means == meaning{});
    CHECK(output_name(back, 0) == "output");
  }
  m.version = manifest::oldest_version - 1;
  CHECK(contains(complaint(encode_manifest(m)), "knows formats 3 to 5"));
}

TEST_CASE("a window of absurd numbers is refused before anything is computed with them") {
  auto m = small_manifest(some_digest, some_digest);
  auto& o = m.model.ops[0];
  o.kind = GENERATE(op_kind::max_pool, op_kind::avg_pool, op_kind::convolution);
  const auto number =
      GENERATE(&window::kernel, &window::stride, &window::padding, &window::dilation);
  (o.win.*number)[1] = GENERATE(std::numeric_limits<std::int64_t>::max(),
                                std::numeric_limits<std::int64_t>::min(), 6215530435724705792);
  CHECK(contains(complaint_of([&] { validate(m.model, "here"); }), "the graph is broken"));
}

TEST_CASE("damaged manifests are refused or harmless") {
  const auto good = encode_manifest(small_manifest(some_digest, some_digest));
  CHECK(rc::check([&] {
    const auto bytes = *damaged(good);
    RC_ASSERT(succeeds_or_complains([&] {
      const auto m = decode_manifest(bytes, "here");
      total_macs(m.model);
      consumers(m.model);
    }));
  }));
}

TEST_CASE("a model is stored, found, listed and loaded") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  CHECK(store.list().empty());
  CHECK(contains(complaint_of([&] { store.resolve("nobody"); }), "bramble model build"));

  const auto m = stored_small(store, "small", 1, 2);
  const auto id = identity(m);
  CHECK(store.resolve("small") == id);
  CHECK(store.resolve(id) == id);
  CHECK(store.resolve(id.substr(0, 6)) == id);
  CHECK_FALSE(complaint_of([&] { store.resolve(id.substr(0, 5)); }).empty());
  CHECK(contains(complaint_of([&] { store.resolve("large"); }), "there are small"));
  CHECK(encode_manifest(store.load(id)) == encode_manifest(m));

  const auto list = store.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].name == "small");
  CHECK(list[0].identity == id);
  CHECK(list[0].complete);
  CHECK(list[0].bytes == encode_manifest(m).size() + 16 + 8);
  CHECK(files_in(folder / "staging") == 0);
}

TEST_CASE("an incomplete model is seen as such") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto m = stored_small(store, "small", 1, 2);
  CHECK(store.missing_blobs(m).empty());
  const auto blob = m.model.weights[0].sha256;

  SECTION("a blob is missing") {
    fs::remove(store.blob_path(blob));
  }
  SECTION("a blob was cut off") {
    fs::resize_file(store.blob_path(blob), 3);
  }

  CHECK(store.missing_blobs(m) == std::vector<std::string>{blob});
  CHECK_FALSE(store.list().at(0).complete);
  CHECK(store.put_blob(weight_bytes(1, 4)) == blob);
  CHECK(store.missing_blobs(m).empty());
  CHECK(store.list().at(0).complete);
}

TEST_CASE("no name leads out of the folder") {
  const temporary_folder folder;
  const model_store store{folder / "models"};
  const std::vector<std::string> no_names{"",        ".",   "..",  "../x",    "a/b", "/etc/passwd",
                                          ".hidden", "a b", "a\n", "\xc3\xa4"};
  for (const auto& bad : no_names) {
    INFO(bad);
    CHECK(is_sentence(complaint_of([&] { store.set_name(bad, {some_digest}); })));
    CHECK(is_sentence(complaint_of([&] { store.resolve(bad); })));
  }
  CHECK_FALSE(complaint_of([&] { store.set_name(std::string(65, 'a'), {some_digest}); }).empty());
  CHECK(complaint_of([&] { store.set_name(std::string(64, 'a'), {some_digest}); }).empty());
  const std::vector<std::string> no_digests{"", "../../etc/passwd", std::string(64, 'A'),
                                            std::string(63, 'a'), std::string(60, 'a') + "/../"};
  for (const auto& bad : no_digests) {
    INFO(bad);
    CHECK(is_sentence(complaint_of([&] { store.blob_path(bad); })));
    CHECK(is_sentence(complaint_of([&] { store.load(bad); })));
  }
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("removing a model keeps what others use") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto first = stored_small(store, "first", 1, 2);
  const auto second = stored_small(store, "second", 1, 3);
  store.set_name("alias", {identity(first)});

  store.remove("alias");
  CHECK(store.missing_blobs(first).empty());
  store.remove("first");
  CHECK_FALSE(store.has_manifest(identity(first)));
  CHECK(store.has_blob(first.model.weights[0].sha256));
  CHECK_FALSE(store.has_blob(first.model.weights[1].sha256));
  CHECK(store.missing_blobs(second).empty());

  SECTION("by identity all names go") {
    store.set_name("again", {identity(second)});
    store.remove(identity(second).substr(0, 8));
  }
  SECTION("by its last name") {
    store.remove("second");
  }
  CHECK(store.list().empty());
  CHECK(files_in(folder / "blobs") == 0);
  CHECK(files_in(folder / "manifests") == 0);
  CHECK(files_in(folder / "names") == 0);
  CHECK_FALSE(complaint_of([&] { store.remove("second"); }).empty());
}

TEST_CASE("a damaged name is listed and can be removed") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto m = stored_small(store, "small", 1, 2);
  write_file_atomically(folder / "names" / "broken", as_bytes("not an identity"));
  CHECK(contains(complaint_of([&] { store.resolve("broken"); }), "bramble model rm broken"));
  REQUIRE(store.list().size() == 2);
  CHECK(store.list()[0].name == "broken");
  CHECK_FALSE(store.list()[0].complete);
  store.remove("broken");
  REQUIRE(store.list().size() == 1);
  CHECK(store.list()[0].complete);
  CHECK(store.missing_blobs(m).empty());
}

TEST_CASE("blobs stay while there is a manifest that cannot be read") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto m = stored_small(store, "small", 1, 2);
  write_file_atomically(store.manifest_path(some_digest), as_bytes("of another version"));
  store.remove("small");
  CHECK(store.has_blob(m.model.weights[0].sha256));
  const auto list = store.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].name.empty());
  CHECK_FALSE(list[0].complete);
  store.remove(some_digest);
  CHECK(store.list().empty());
}

TEST_CASE("several threads may store the same model") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  std::vector<std::future<void>> writers;
  writers.reserve(4);
  for (int i = 0; i < 4; ++i)
    writers.push_back(std::async(std::launch::async, [&store] {
      for (int round = 0; round < 10; ++round) stored_small(store, "small", 1, 2);
    }));
  for (auto& writer : writers) CHECK_NOTHROW(writer.get());
  CHECK(store.list().at(0).complete);
  CHECK(files_in(folder / "blobs") == 2);
  CHECK(files_in(folder / "staging") == 0);
}

TEST_CASE("a weight stored in half precision takes half the bytes") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  auto m = small_manifest(store.put_blob(byte_vector(8, 1)), store.put_blob(weight_bytes(2, 2)));
  m.model.weights[0].stored_as_half = true;
  const auto id = store.put_manifest(m);
  CHECK(store.load(id).model.weights[0].stored_as_half);
  CHECK(store.missing_blobs(m).empty());
  m.model.weights[0].stored_as_half = false;
  CHECK(store.missing_blobs(m) == std::vector<std::string>{m.model.weights[0].sha256});
  m.model.weights[0] = {{2, 2, 1, 1}, element_type::i32, some_digest, true};
  CHECK(contains(complaint_of([&] { validate(m.model, "here"); }), "half precision"));
}
