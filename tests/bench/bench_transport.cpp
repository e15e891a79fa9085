// bench-transport: what the data plane does on a link. Not a test: it prints, it judges nothing.
//
//   bench-transport                                         two planes in this process, over
//   loopback bench-transport --listen 7742 --keys DIR --peer pi1     on one machine ...
//   bench-transport --connect pi2:7742 --keys DIR --peer pi2    ... and on the other, which prints
//
// The names are those of the certificates, and the one that listens needs the larger.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
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
using bench::cpu_ms;
using bench::ms_since;
using bench::steady;
using bench::wants_echo;

double percentile(std::vector<double> of, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(of.size() - 1));
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(at), of.end());
  return of[at];
}

/// `line`: what the link carries, in MB/s; 0: not known. `two`: the other side is another process.
void measure(asking_side& side, std::size_t megabytes, double line, bool two) {
  side.run(1024, 100, 1, wants_echo);
  const auto pings = side.run(1024, 5000, 1, wants_echo);
  std::printf("1 kB there and back: p50 %.3f ms, p99 %.3f ms\n", percentile(pings, 0.5),
              percentile(pings, 0.99));
  std::printf("%8s %7s %10s %10s %8s %10s %14s %14s\n", "size", "window", "MB/s", "Mbit/s",
              "of line", "p50 ms", "CPU ms/MB here", "there");
  for (const std::size_t kilobytes : {64, 1024, 8192}) {
    for (const std::size_t window : {1, 4}) {
      const auto size = kilobytes << 10;
      const auto count = std::max<std::size_t>(5, (megabytes << 20) / size);
      side.run(size, 2, 1, 0);
      const auto cpu = cpu_ms();
      const auto peer_cpu = side.peer_cpu_ms();
      const auto began = steady::now();
      const auto times = side.run(size, count, window, 0);
      const auto total_ms = ms_since(began);
      const auto mb = static_cast<double>(size * count) / 1e6;
      const auto rate = mb / total_ms * 1e3;
      std::printf("%5zu kB %7zu %10.1f %10.0f %7.1f%% %10.3f %14.3f", kilobytes, window, rate,
                  rate * 8, line > 0 ? rate / line * 100 : 0, percentile(times, 0.5),
                  (cpu_ms() - cpu) / mb);
      two ? std::printf(" %14.3f\n", (side.peer_cpu_ms() - peer_cpu) / mb) : std::puts("");
    }
  }
  for (const auto& link : side.plane().stats()) {
    std::printf("the plane itself measured: %.0f Mbit/s out, round trip %.3f ms\n",
                link.mbit_out.value_or(0), link.rtt_ms.value_or(0));
  }
}

struct options {
  std::optional<std::uint16_t> listen;
  std::string connect;
  std::string keys;
  std::string peer;
  bool plain = false;
  std::size_t megabytes = 256;
  double line = 0;
};

void over_loopback(const options& given) {
  const temporary_folder folder;
  init_keys(folder / "a", "bench", "a");
  install_keys(folder / "b", issue_keys(folder / "a", "b"));
  answering_side b{config_of(folder / "b", 0, given.plain)};
  asking_side a{config_of(folder / "a", 0, given.plain), "b"};
  b.plane().add_peer("a", "127.0.0.1", a.plane().port());
  a.plane().add_peer("b", "127.0.0.1", b.plane().port());
  measure(a, given.megabytes, given.line, false);
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
  measure(side, given.megabytes, given.line, true);
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
  app.add_option("--megabytes", given.megabytes, "to send per line")->capture_default_str();
  app.add_option("--line", given.line, "MB/s that the link carries, to compare with");
  CLI11_PARSE(app, argc, argv);
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
