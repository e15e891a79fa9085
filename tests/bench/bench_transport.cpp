// bench-transport: what the data plane does on a link. Not a test: it prints, it judges nothing.
//
//   bench-transport                                             two planes in this process ...
//   bench-transport --listen 7742 --keys DIR --peer pi1         ... or on one machine
//   bench-transport --connect pi2:7742 --keys DIR --peer pi2    and on the other, which prints
//
// The names are those of the certificates, and the one that listens needs the larger.
// scripts/bench-transport shapes a link and prints what this does on it.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/base/error.hpp"
#include "config/keys.hpp"
#include "tests/support/bench_plane.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using namespace bramble;
using bench::answering_side;
using bench::asking_side;
using bench::config_of;
using bench::cpu_time;
using bench::ms_since;
using bench::own_cpu_time;
using bench::steady;

/// What waits at the sender: a layer's tensors.
constexpr std::size_t window_bytes = 4'000'000;

struct row {
  std::size_t bytes = 0;
  double ms = 0;  ///< of one message and an empty answer, in the middle
  double mb_per_s = 0;
  cpu_time sender;  ///< for each MB; of a single process, both sides
  cpu_time receiver;
};

struct report {
  double round_trip_ms = 0;  ///< of 1 kB there and back, in the middle
  double mbit = 0;           ///< as the plane itself measured the link
  std::vector<row> rows;
};

double percentile(std::vector<double> of, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(of.size() - 1));
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(at), of.end());
  return of[at];
}

cpu_time per_mb(const cpu_time& of, double mb) {
  return {of.user_ms / mb, of.system_ms / mb};
}

/// `two`: the other side is another process.
row measure(asking_side& side, std::size_t bytes, double megabytes, bool two) {
  const auto count = std::max<std::size_t>(5, static_cast<std::size_t>(megabytes * 1e6) / bytes);
  row out;
  out.bytes = bytes;
  out.ms = percentile(side.run(bytes, std::min<std::size_t>(count, 100), 1, 0), 0.5);
  side.stream(bytes, 4, window_bytes);
  const auto own_before = own_cpu_time();
  const auto peer_before = side.peer_cpu_time();
  const auto began = steady::now();
  side.stream(bytes, count, window_bytes);
  const auto mb = static_cast<double>(bytes * count) / 1e6;
  out.mb_per_s = mb / ms_since(began) * 1e3;
  out.sender = per_mb(own_cpu_time() - own_before, mb);
  if (two) out.receiver = per_mb(side.peer_cpu_time() - peer_before, mb);
  return out;
}

report measure_all(asking_side& side, const std::vector<std::size_t>& messages, double megabytes,
                   bool two) {
  constexpr std::size_t small = 1024;
  report out;
  side.run(small, 100, 1, bench::wants_echo);
  out.round_trip_ms = percentile(side.run(small, 2000, 1, bench::wants_echo), 0.5);
  for (const auto bytes : messages) out.rows.push_back(measure(side, bytes, megabytes, two));
  out.mbit = side.plane().stats()[0].mbit_out.value_or(0);
  return out;
}

void print_json(const report& what, bool plain) {
  const auto of = [](const cpu_time& used) {
    return nlohmann::json{{"user_ms_per_mb", used.user_ms}, {"system_ms_per_mb", used.system_ms}};
  };
  auto rows = nlohmann::json::array();
  for (const auto& each : what.rows) {
    rows.push_back({{"bytes", each.bytes},
                    {"ms", each.ms},
                    {"mb_per_s", each.mb_per_s},
                    {"sender", of(each.sender)},
                    {"receiver", of(each.receiver)}});
  }
  std::cout << nlohmann::json{{"encrypted", !plain},
                              {"round_trip_ms", what.round_trip_ms},
                              {"mbit", what.mbit},
                              {"rows", rows}}
            << '\n';
}

void print_table(const report& what, bool plain) {
  std::printf("%sencrypted; 1 kB there and back: %.3f ms; the plane itself measured %.0f Mbit/s\n",
              plain ? "not " : "", what.round_trip_ms, what.mbit);
  std::printf("%10s %8s %8s %16s %24s %24s\n", "message", "ms", "MB/s", "CPU ms/MB: both",
              "sender (user + system)", "receiver");
  for (const auto& each : what.rows) {
    const auto sum = [](const cpu_time& used) { return used.user_ms + used.system_ms; };
    std::printf("%7zu kB %8.3f %8.1f %16.3f %10.3f %5.3f + %5.3f %10.3f %5.3f + %5.3f\n",
                each.bytes / 1000, each.ms, each.mb_per_s, sum(each.sender) + sum(each.receiver),
                sum(each.sender), each.sender.user_ms, each.sender.system_ms, sum(each.receiver),
                each.receiver.user_ms, each.receiver.system_ms);
  }
}

struct options {
  std::optional<std::uint16_t> listen;
  std::string connect;
  std::string keys;
  std::string peer;
  bool plain = false;
  bool json = false;
  double megabytes = 128;
  /// A strip of a small map, of a large one, and a map.
  std::vector<std::size_t> messages{10'000, 100'000, 1'000'000};
};

void print(asking_side& side, const options& given, bool two) {
  const auto found = measure_all(side, given.messages, given.megabytes, two);
  given.json ? print_json(found, given.plain) : print_table(found, given.plain);
}

void over_loopback(const options& given) {
  const temporary_folder folder;
  init_keys(folder / "a", "bench", "a");
  install_keys(folder / "b", issue_keys(folder / "a", "b"));
  answering_side b{config_of(folder / "b", 0, given.plain)};
  asking_side a{config_of(folder / "a", 0, given.plain), "b"};
  b.plane().add_peer("a", "127.0.0.1", a.plane().port());
  a.plane().add_peer("b", "127.0.0.1", b.plane().port());
  print(a, given, false);
}

void listen(const options& given) {
  answering_side side{config_of(given.keys, *given.listen, given.plain)};
  side.plane().add_peer(given.peer, "0.0.0.0", 0);  // the smaller name dials
  std::cerr << "Listening on port " << side.plane().port() << "; Enter ends.\n";
  std::cin.get();
}

void connect(const options& given) {
  const auto colon = given.connect.rfind(':');
  if (colon == std::string::npos) throw user_error("--connect: give HOST:PORT.");
  asking_side side{config_of(given.keys, 0, given.plain), given.peer};
  side.plane().add_peer(given.peer, given.connect.substr(0, colon),
                        static_cast<std::uint16_t>(std::stoi(given.connect.substr(colon + 1))));
  print(side, given, true);
}

}  // namespace

int main(int argc, char** argv) {
  options given;
  CLI::App app{"Measures the data plane: throughput, latency, CPU time."};
  auto* const listens = app.add_option("--listen", given.listen, "wait on this port for the other");
  auto* const connects =
      app.add_option("--connect", given.connect, "HOST:PORT of the other")->excludes(listens);
  auto* const keys = app.add_option("--keys", given.keys, "folder with this node's certificate");
  auto* const peer = app.add_option("--peer", given.peer, "name in the other's certificate");
  for (auto* const each : {listens, connects}) each->needs(keys)->needs(peer);
  app.add_flag("--plain", given.plain, "without encryption (both sides have to say so)");
  app.add_flag("--json", given.json, "one line of JSON");
  app.add_option("--megabytes", given.megabytes, "to send per line")->capture_default_str();
  app.add_option("--messages", given.messages, "bytes of each; a line for every size")
      ->check(CLI::Range(std::size_t{1}, defaults::frame_limit_bytes));
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::warn);  // it would print among the lines
  try {
    if (given.listen) {
      listen(given);
    } else if (!given.connect.empty()) {
      connect(given);
    } else {
      over_loopback(given);
    }
  } catch (const user_error& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  return 0;
}
