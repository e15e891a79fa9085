// Where the files of a stream come from, and where their outputs go.
#include "console/stream_inputs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <future>

#include "config/base/files.hpp"
#include "config/defaults_stream.hpp"
#include "console/folder_watch.hpp"
#include "console/infer_files.hpp"
#include "console/output_files.hpp"
#include "model/image/tensor_file.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

namespace fs = std::filesystem;

using file_list = std::vector<std::string>;
constexpr std::uint64_t raw_size = 12;

void put(const fs::path& file, const std::string& text) {
  write_file_atomically(file, as_bytes(text));
}

struct pipe_ends {
  pipe_ends() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
  pipe_ends(const pipe_ends&) = delete;
  pipe_ends& operator=(const pipe_ends&) = delete;
  ~pipe_ends() {
    ::close(ends[0]);
    close_writer();
  }
  void write(const std::string& text) const {
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void close_writer() {
    if (ends[1] >= 0) ::close(ends[1]);
    ends[1] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

host_tensor floats(std::int64_t count) {
  return {{1, count}, element_type::f32, byte_vector(4 * static_cast<std::size_t>(count))};
}

}  // namespace

TEST_CASE("paths are read a line each, however they arrive") {
  pipe_ends pipe;
  stop_flag stop;
  typed_paths source{pipe.ends[0], stop};
  pipe.write("a.jpg\nwith spa");
  CHECK(source.next() == "a.jpg");
  pipe.write("ce.jpg\n\nb=c.npy\nlast");
  CHECK(source.next() == "with space.jpg");
  CHECK(source.next() == "b=c.npy");
  pipe.close_writer();
  CHECK(source.next() == "last");
  CHECK(source.next() == std::nullopt);
}

TEST_CASE("a line that is no path ends standard input with a sentence") {
  pipe_ends pipe;
  stop_flag stop;
  typed_paths source{pipe.ends[0], stop};
  pipe.write(std::string(2 * defaults::path_bytes, 'x'));
  CHECK(is_sentence(complaint_of([&] { source.next(); })));
}

TEST_CASE("who waits for a path can be stopped") {
  const pipe_ends pipe;
  stop_flag stop;
  typed_paths source{pipe.ends[0], stop};
  auto waiting = std::async(std::launch::async, [&] { return source.next(); });
  stop.raise();
  CHECK(waiting.get() == std::nullopt);
}

TEST_CASE("a folder is its pictures and tensors by name") {
  const temporary_folder folder;
  put(folder / "b.JPG", "broken, and to be told");
  put(folder / "a.npy", "");
  put(folder / "no_ending", "\x93NUMPY...");
  put(folder / "raw.bin", std::string(raw_size, 'x'));
  put(folder / "notes.txt", "about them");
  put(folder / ".hidden.jpg", "half written");
  fs::create_directory(folder / "sub.jpg");
  const auto found = list_folder(folder.path().string(), raw_size);
  CHECK(found.skipped == 1);
  file_list short_names;
  for (const auto& each : found.files) short_names.push_back(fs::path{each}.filename().string());
  CHECK(short_names == file_list{"a.npy", "b.JPG", "no_ending", "raw.bin"});

  // What is typed by name is asked about, whatever it is.
  const auto notes = (folder / "notes.txt").string();
  CHECK(expand({notes, folder.path().string()}, raw_size).files.size() == 5);
  CHECK(expand({notes}, raw_size).files == file_list{notes});
  CHECK(is_sentence(complaint_of([&] { list_folder((folder / "none").string(), raw_size); })));
}

TEST_CASE("a watched folder gives what is written to its end or moved there") {
  const temporary_folder outside, folder;
  put(folder / "before.jpg", "was there");
  put(outside / "moved.jpg", "whole");
  stop_flag stop;
  folder_watch watch{folder.path().string(), raw_size, stop};
  std::ofstream slow{folder / "slow.jpg"};
  slow << "the first half" << std::flush;
  fs::rename(outside / "moved.jpg", folder / "moved.jpg");
  CHECK(watch.next() == (folder / "moved.jpg").string());
  { std::ofstream{folder / ".part.jpg"} << "hidden"; }
  { std::ofstream{folder / "notes.txt"} << "no picture"; }
  fs::create_directory(folder / "sub");
  slow << "the other half";
  slow.close();
  CHECK(watch.next() == (folder / "slow.jpg").string());
  // Hidden until it has its name, as rsync does.
  fs::rename(folder / ".part.jpg", folder / "part.jpg");
  CHECK(watch.next() == (folder / "part.jpg").string());
  auto waiting = std::async(std::launch::async, [&] { return watch.next(); });
  stop.raise();
  CHECK(waiting.get() == std::nullopt);
}

TEST_CASE("a watched folder that goes away is told of") {
  const temporary_folder folder;
  const auto inner = (folder / "inner").string();
  fs::create_directory(inner);
  stop_flag stop;
  folder_watch watch{inner, raw_size, stop};
  put(inner + "/last.jpg", "x");
  fs::remove(inner + "/last.jpg");
  fs::remove(inner);
  CHECK(contains(complaint_of([&] { watch.next(); }), "is gone"));
  CHECK(is_sentence(complaint_of([&] { folder_watch{inner, raw_size, stop}; })));
}

TEST_CASE("outputs are named after their inputs and never take another's place") {
  const temporary_folder folder;
  const auto out = folder / "out";
  output_files outputs{out};
  CHECK(outputs.claim("x/cat.jpg").empty());
  CHECK(outputs.claim("x/cat.jpg").empty());
  CHECK(outputs.claim("cat_0.jpg").empty());
  const auto said = outputs.claim("y/cat.png");
  CHECK(is_sentence(said));
  CHECK(contains(said, "x/cat.jpg"));

  CHECK(outputs.write("x/cat.jpg", {floats(3)}) == file_list{out / "cat.npy"});
  const auto read = decode_npy(read_file(out / "cat.npy"), "cat.npy");
  CHECK(read == tensor_data{{1, 3}, byte_vector(12)});
  CHECK(outputs.write("dog.jpg", {floats(1), floats(2)}) ==
        file_list{out / "dog_0.npy", out / "dog_1.npy"});

  CHECK_FALSE(output_files{{}}.wanted());
  CHECK(output_files{{}}.write("x.jpg", {floats(1)}).empty());
}

TEST_CASE("no output is written over an input") {
  const temporary_folder folder;
  output_files outputs{folder.path()};
  const auto own = (folder / "own.npy").string(), other = (folder / "other.npy").string();
  put(own, "tensor");
  put(other, "tensor");
  outputs.keep({other});
  CHECK(contains(complaint_of([&] { outputs.write(own, {floats(1)}); }), "own.npy"));
  CHECK(contains(complaint_of([&] { outputs.write("elsewhere/other.jpg", {floats(1)}); }),
                 "other.npy"));
  CHECK(read_file(own).size() == 6);
  CHECK(is_sentence(complaint_of([&] { output_files{own}; })));
}

TEST_CASE("which words ask about many files") {
  const temporary_folder folder;
  const auto here = folder.path().string();
  const files_flags plain;
  files_flags watching;
  watching.watch = here;
  CHECK_FALSE(asks_about_many(plain, {{"cat.jpg"}, {}}));
  CHECK_FALSE(asks_about_many(plain, {{}, {"image=cat.jpg"}}));
  CHECK_FALSE(asks_about_many(plain, {{}, {}}));
  CHECK(asks_about_many(plain, {{"cat.jpg", "dog.jpg"}, {}}));
  CHECK(asks_about_many(plain, {{here}, {}}));
  CHECK(asks_about_many(plain, {{"-"}, {}}));
  CHECK(asks_about_many(watching, {{}, {}}));
  CHECK_THROWS_AS(asks_about_many(plain, {{"-", "cat.jpg"}, {}}), usage_error);
  CHECK_THROWS_AS(asks_about_many(watching, {{"cat.jpg"}, {}}), usage_error);
}
