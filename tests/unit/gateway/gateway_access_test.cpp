#include <sys/stat.h>

#include "config/base/files.hpp"
#include "gateway/access/origin.hpp"
#include "gateway/access/tokens.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::gateway;

TEST_CASE("a token is kept as its hash, for its owner alone") {
  const temporary_folder folder;
  const auto file = folder.path() / "tokens";
  const auto token = make_token(file, "camera", access_level::read);
  CHECK(token.starts_with("bramble-"));
  CHECK(token.size() == 72);
  const auto kept = as_text(read_file(file));
  CHECK(contains(kept, token.substr(8)) == false);
  CHECK(contains(kept, " read camera 2"));
  struct stat is {};
  REQUIRE(::stat(file.c_str(), &is) == 0);
  CHECK((is.st_mode & 0777U) == 0600);
  CHECK(make_token(file, "laptop", access_level::write) != token);
  CHECK(read_tokens(file).size() == 2);
}

TEST_CASE("tokens count at once, and not any more when they are taken back") {
  const temporary_folder folder;
  const auto file = folder.path() / "tokens";
  token_book book{file};
  CHECK(book.empty());
  CHECK(book.level_of("") == access_level::none);
  const auto reads = make_token(file, "camera", access_level::read);
  const auto writes = make_token(file, "laptop", access_level::write);
  CHECK(book.empty() == false);
  CHECK(book.level_of(reads) == access_level::read);
  CHECK(book.level_of(writes) == access_level::write);
  CHECK(book.level_of(reads + "0") == access_level::none);
  CHECK(book.level_of("") == access_level::none);
  forget_token(file, "laptop");
  CHECK(book.level_of(writes) == access_level::none);
  CHECK(book.level_of(reads) == access_level::read);
}

TEST_CASE("names of tokens are told apart, and files that are damaged are named") {
  const temporary_folder folder;
  const auto file = folder.path() / "tokens";
  make_token(file, "camera", access_level::read);
  CHECK(contains(complaint_of([&] { make_token(file, "camera", access_level::write); }),
                 "--forget camera"));
  CHECK(contains(complaint_of([&] { make_token(file, "a b", access_level::write); }),
                 "The name of a token"));
  CHECK(contains(complaint_of([&] { forget_token(file, "laptop"); }), "--list"));
  write_file_atomically(file, as_bytes(std::string{"# remark\nabc read camera 2026-01-01\n"}));
  CHECK(contains(complaint_of([&] { read_tokens(file); }), "tokens, line 2 is no token"));
}

TEST_CASE("a bearer's token is found in its header") {
  CHECK(bearer_token("Bearer abc") == "abc");
  CHECK(bearer_token("bearer  abc ") == "abc");
  CHECK(bearer_token("Basic abc").empty());
  CHECK(bearer_token("Bearer").empty());
  CHECK(bearer_token("Bearer ").empty());
}

TEST_CASE("loopback is known by its names and addresses") {
  for (const auto* host : {"localhost:8741", "LOCALHOST", "127.0.0.1:1", "127.1.2.3", "[::1]:8741"})
    CHECK(is_loopback_host(host));
  for (const auto* host :
       {"", "localhost.example.org", "127.0.0.1.example.org", "192.168.0.1", "[::2]", "::1"})
    CHECK(is_loopback_host(host) == false);
  CHECK(is_loopback_address("127.0.0.1"));
  CHECK(is_loopback_address("::1"));
  CHECK(is_loopback_address("0.0.0.0") == false);
  CHECK(is_loopback_address("::") == false);
}

TEST_CASE("pages of other origins are told apart") {
  CHECK(is_same_origin("", "pi1:8741"));
  CHECK(is_same_origin("http://pi1:8741", "PI1:8741"));
  CHECK(is_same_origin("https://pi1", "pi1"));
  CHECK(is_same_origin("http://pi1", "pi1:8741") == false);
  CHECK(is_same_origin("http://evil.example", "pi1:8741") == false);
  CHECK(is_same_origin("null", "pi1:8741") == false);
}
