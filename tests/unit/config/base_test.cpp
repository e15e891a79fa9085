#include <rapidcheck.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <future>

#include "config/base/codec.hpp"
#include "config/base/file_lock.hpp"
#include "config/base/files.hpp"
#include "config/base/half.hpp"
#include "config/base/hash.hpp"
#include "config/base/recent_map.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

struct sample {
  std::int64_t number = 0;
  std::string text;
  std::vector<float> floats;
  std::map<std::string, std::uint32_t> table;
  std::variant<std::int64_t, std::string> either;
  std::optional<double> maybe;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number, text, floats, table, either, maybe);
  }
};

}  // namespace

TEST_CASE("what was encoded decodes to itself") {
  REQUIRE(
      rc::check([](std::int64_t number, const std::string& text, const std::vector<float>& floats,
                   const std::map<std::string, std::uint32_t>& table) {
        const sample in{number, text, floats, table, text, 2.5};
        const auto out = decode<sample>(encode(in), "sample");
        RC_ASSERT(out.number == number);
        RC_ASSERT(out.text == text);
        RC_ASSERT(out.floats.size() == floats.size());
        RC_ASSERT(out.table == table);
        RC_ASSERT(std::get<std::string>(out.either) == text);
        RC_ASSERT(out.maybe == 2.5);
      }));
}

TEST_CASE("a truth value is read from one of the two bytes that say one") {
  for (int byte = 0; byte < 256; ++byte) {
    const byte_vector bytes{static_cast<std::uint8_t>(byte)};
    if (byte > 1)
      CHECK_THROWS_AS(decode<bool>(bytes, "it"), user_error);
    else
      CHECK(encode(decode<bool>(bytes, "it")) == bytes);
  }
}

TEST_CASE("any damage is a sentence, never a crash or a large allocation") {
  const auto good = encode(sample{1, "text", {1, 2, 3}, {{"a", 1}}, "b", 1.0});
  REQUIRE(rc::check([&] {
    auto bytes = good;
    const auto hits = *rc::gen::inRange(1, 6);
    for (int i = 0; i < hits; ++i)
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<std::uint8_t>();
    bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size() + 1));
    try {
      decode<sample>(bytes, "the sample");
    } catch (const user_error& e) {
      RC_ASSERT(std::string(e.what()).find("the sample is damaged") == 0);
    }
  }));
}

TEST_CASE("a length larger than the data is refused before anything is allocated") {
  auto bytes = encode(std::string("x"));
  bytes[6] = 0xFF;
  REQUIRE_THROWS_AS(decode<std::string>(bytes, "it"), user_error);
}

TEST_CASE("bytes after the end are refused") {
  auto bytes = encode(std::int64_t{1});
  bytes.push_back(0);
  REQUIRE_THROWS_AS(decode<std::int64_t>(bytes, "it"), user_error);
}

TEST_CASE("SHA-256 is the standard one") {
  REQUIRE(sha256_hex(as_bytes("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  REQUIRE(sha256_prefix(as_bytes("abc")) == 0xba7816bf8f01cfeaULL);
}

TEST_CASE("files are replaced whole or not at all") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("bramble-base-test-" + std::to_string(::getpid()));
  const auto path = folder / "deep" / "file";
  write_file_atomically(path, as_bytes("one"));
  write_file_atomically(path, as_bytes("two"));
  CHECK(as_text(read_file(path)) == "two");
  CHECK(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}) == 1);

  // A folder in the way: the rename fails, and the temporary file goes.
  std::filesystem::create_directories(folder / "blocked" / "x");
  CHECK_THROWS_AS(write_file_atomically(folder / "blocked", as_bytes("three")), user_error);
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 2);
  CHECK_THROWS_WITH(read_file(folder), Catch::Contains("this is a folder"));
  CHECK_THROWS_WITH(read_file(folder / "none"), Catch::Contains("No such file"));
  std::filesystem::remove_all(folder);
}

namespace {

/// What a vector of large elements would cost if it were made at once.
struct large_element {
  static inline std::size_t made = 0;
  std::array<std::uint64_t, 100> room{};
  std::uint64_t value = 0;

  large_element() { ++made; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(value);
  }
};

}  // namespace

TEST_CASE("elements are only made where there are bytes for them") {
  byte_vector bytes = encode(std::uint64_t{1000});
  bytes.resize(bytes.size() + 1000);  // enough for the length, for 125 elements
  large_element::made = 0;
  CHECK_THROWS_AS(decode<std::vector<large_element>>(bytes, "sample"), user_error);
  CHECK(large_element::made <= 126);
}

TEST_CASE("halves are widened exactly") {
  CHECK(from_half(0x0000) == 0.0F);
  CHECK(std::signbit(from_half(0x8000)));
  CHECK(from_half(0x3C00) == 1.0F);
  CHECK(from_half(0xC000) == -2.0F);
  CHECK(from_half(0x7BFF) == 65504.0F);
  CHECK(from_half(0x0400) == 0x1p-14F);
  CHECK(from_half(0x0001) == 0x1p-24F);
  CHECK(from_half(0x83FF) == -1023 * 0x1p-24F);
  CHECK(std::isinf(from_half(0x7C00)));
  CHECK(std::isnan(from_half(0xFE00)));
}

TEST_CASE("several threads may write one file") {
  const temporary_folder folder;
  std::vector<std::future<void>> writers;
  for (std::uint8_t i = 0; i < 4; ++i)
    writers.push_back(std::async(std::launch::async, [&folder, i] {
      for (int round = 0; round < 20; ++round)
        write_file_atomically(folder / "file", byte_vector(1000, i));
    }));
  for (auto& writer : writers) CHECK_NOTHROW(writer.get());
  const auto content = read_file(folder / "file");
  REQUIRE(content.size() == 1000);
  CHECK(content.front() == content.back());
  CHECK(std::distance(std::filesystem::directory_iterator{folder.path()},
                      std::filesystem::directory_iterator{}) == 1);
}

TEST_CASE("a lock keeps others out while it is held") {
  using mode = file_lock::mode;
  const temporary_folder folder;
  const auto path = folder / "lock";
  CHECK_FALSE(file_lock::try_take(path, mode::exclusive));
  {
    auto shared = file_lock::take(path, mode::shared);
    CHECK(file_lock::try_take(path, mode::shared));
    CHECK_FALSE(file_lock::try_take(path, mode::exclusive));
    const auto moved = std::move(shared);
    CHECK_FALSE(file_lock::try_take(path, mode::exclusive));
  }
  CHECK(file_lock::try_take(path, mode::exclusive));
}

TEST_CASE("a recent_map knows what was used last, and no more of it than it may") {
  CHECK(rc::check([](const std::vector<std::uint8_t>& moves) {
    constexpr std::size_t most = 4;
    recent_map<int, int> map{most};
    std::vector<std::pair<int, int>> model;  // the least recently used first
    int number = 0;
    for (const auto move : moves) {
      const int key = move % 7;
      const auto known = std::find_if(model.begin(), model.end(),
                                      [&](const auto& each) { return each.first == key; });
      const auto* seen = map.peek(key);
      RC_ASSERT((seen == nullptr ? -1 : *seen) == (known == model.end() ? -1 : known->second));
      if (move % 3 == 0) {
        map.erase(key);
        if (known != model.end()) model.erase(known);
      } else if (move % 3 == 1) {
        const auto* found = map.find(key);
        RC_ASSERT((found != nullptr) == (known != model.end()));
        if (known == model.end()) continue;
        RC_ASSERT(*found == known->second);
        std::rotate(known, known + 1, model.end());
      } else {
        map[key] = ++number;
        if (known != model.end()) model.erase(known);
        model.emplace_back(key, number);
        if (model.size() > most) model.erase(model.begin());
      }
      RC_ASSERT(std::equal(map.begin(), map.end(), model.begin(), model.end()));
    }
  }));
}
