#include "actors/client/node_client.hpp"
#include "console/common.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

int exit_code_of(std::vector<std::string> words) {
  CLI::App app{"for this test", "bramble"};
  app.require_subcommand(1);
  auto* verb = app.add_subcommand("work", "Does nothing");
  std::string threads;
  int runs = 1;
  bool fails = false, is_busy = false;
  int says_itself = 0;
  verb->add_option("--threads", threads, "Read by us");
  verb->add_option("--runs", runs, "Read by the parser")->check(CLI::Range(1, 9));
  verb->add_flag("--fail", fails, "A mistake of another kind");
  verb->add_flag("--busy", is_busy, "Too much to do");
  verb->add_option("--say", says_itself, "The exit code");
  verb->callback([&] {
    if (!threads.empty()) from_flag([&] { return parse_integer(threads, 0, 9, "--threads"); });
    if (fails) throw user_error("The shelf is on fire.");
    if (is_busy) throw node_is_busy{"Too much to do.", std::chrono::seconds{1}};
    if (says_itself != 0) throw CLI::RuntimeError(says_itself);
  });
  words.insert(words.begin(), "bramble");
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (auto& word : words) arguments.push_back(word.data());
  return run_program(app, static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("wrong usage ends with 2, whatever finds it") {
  CHECK(exit_code_of({"work"}) == 0);
  CHECK(exit_code_of({"work", "--threads", "3"}) == 0);
  CHECK(exit_code_of({"--help"}) == 0);
  CHECK(exit_code_of({"work", "--help"}) == 0);

  CHECK(exit_code_of({}) == 2);
  CHECK(exit_code_of({"wok"}) == 2);
  CHECK(exit_code_of({"work", "--thread", "3"}) == 2);
  CHECK(exit_code_of({"work", "--threads"}) == 2);
  CHECK(exit_code_of({"work", "surplus"}) == 2);
  CHECK(exit_code_of({"work", "--threads", "many"}) == 2);
  CHECK(exit_code_of({"work", "--threads", "10"}) == 2);
  CHECK(exit_code_of({"work", "--runs", "many"}) == 2);
  CHECK(exit_code_of({"work", "--runs", "10"}) == 2);

  CHECK(exit_code_of({"work", "--fail"}) == 1);
  CHECK(exit_code_of({"work", "--busy"}) == 75);
  CHECK(exit_code_of({"work", "--say", "130"}) == 130);
}
