// bench-links: what the data plane takes a link for, while scripts/bench-links shapes it. Not a
// test: it prints, it judges nothing.
//
//   bench-links --make-keys DIR                                DIR/a, DIR/b and DIR/c
//   bench-links --listen 7742 --keys DIR/b                     at one end ...
//   bench-links --connect HOST:7742 --keys DIR/a --seconds 5   ... at the other, which prints
//
// A line every 10 ms: seconds since 1970, the rate measured so far (0 while there is none), the
// bytes sent. Without --frame nothing but probes travels, as on a shelf without requests.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <thread>

#include "actors/transport/data_plane/probing.hpp"
#include "tests/support/bench_plane.hpp"

namespace {

using namespace bramble;
using bench::steady;
using std::chrono::milliseconds;

struct options {
  std::string make_keys;
  std::uint16_t listen = 0;
  std::string connect;
  std::string also;
  std::string keys;
  double seconds = 5;
  std::size_t frame_kilobytes = 0;
  int pause_ms = 0;
  std::size_t burst = 4;
};

void make_keys(const std::filesystem::path& folder) {
  init_keys(folder / "a", "bench", "a");
  for (const char* name : {"b", "c"}) install_keys(folder / name, issue_keys(folder / "a", name));
}

void listen(const options& given) {
  bench::answering_side side{bench::config_of(given.keys, given.listen, false)};
  side.plane().add_peer("a", "0.0.0.0", 0);
  for (;;) ::pause();  // until a signal ends it
}

/// As much as a burst, to a third node that shares this one's network card.
void send_also(data_plane& plane, const options& given) {
  const auto size = given.frame_kilobytes << 10;
  const auto payload = allocate_payload(size);
  std::fill_n(payload.get(), size, std::uint8_t{0x5a});
  for (std::size_t i = 0; i < given.burst; ++i) plane.send("c", {}, payload, payload.get(), size);
}

/// Bursts of frames, each answered before the next, until told to stop.
void keep_sending(bench::asking_side& side, const options& given, const std::atomic<bool>& stop) {
  try {
    while (!stop) {
      if (side.plane().stats()[0].up) {
        if (!given.also.empty()) send_also(side.plane(), given);
        side.run(given.frame_kilobytes << 10, given.burst, given.burst, 0);
      }
      std::this_thread::sleep_for(milliseconds{given.pause_ms});
    }
  } catch (const user_error& e) {
    std::cerr << e.what() << '\n';
  }
}

void print_line(data_plane& plane) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto links = plane.stats();
  std::printf("%.3f %.2f %llu\n", std::chrono::duration<double>(now).count(),
              links[0].mbit_out.value_or(0), static_cast<unsigned long long>(links[0].bytes_sent));
}

void add_peer(data_plane& plane, const std::string& name, const std::string& place) {
  const auto colon = place.rfind(':');
  if (colon == std::string::npos) throw user_error("'" + place + "': give HOST:PORT.");
  plane.add_peer(name, place.substr(0, colon),
                 static_cast<std::uint16_t>(std::stoi(place.substr(colon + 1))));
}

void connect(const options& given) {
  bench::asking_side side{bench::config_of(given.keys, 0, false), "b"};
  add_peer(side.plane(), "b", given.connect);
  if (!given.also.empty()) add_peer(side.plane(), "c", given.also);
  std::atomic<bool> stop = false;
  std::jthread traffic;
  if (given.frame_kilobytes != 0) {
    traffic = std::jthread{[&] { keep_sending(side, given, stop); }};
  }
  prober probes;
  auto next_probe = steady::now();
  const auto end = next_probe + std::chrono::duration<double>(given.seconds);
  for (auto now = next_probe; now < end; now = steady::now()) {
    print_line(side.plane());
    if (now >= next_probe) {
      if (const auto peer = probes.next(side.plane().stats(), now)) side.plane().probe(*peer);
      next_probe = now + probes.pause();
    }
    std::this_thread::sleep_for(milliseconds{10});
  }
  stop = true;
}

}  // namespace

int main(int argc, char** argv) {
  options given;
  CLI::App app{"Prints what the data plane takes a link for."};
  app.add_option("--make-keys", given.make_keys, "make keys of the nodes a and b in this folder");
  app.add_option("--listen", given.listen, "wait on this port for the other");
  app.add_option("--connect", given.connect, "HOST:PORT of the other");
  app.add_option("--also", given.also, "HOST:PORT of a third node that gets as much");
  app.add_option("--keys", given.keys, "folder with this node's certificate");
  app.add_option("--seconds", given.seconds, "how long")->capture_default_str();
  app.add_option("--frame", given.frame_kilobytes, "kB of each frame sent; 0: only probes")
      ->capture_default_str();
  app.add_option("--burst", given.burst, "frames before an answer is waited for")
      ->capture_default_str();
  app.add_option("--pause", given.pause_ms, "ms between bursts")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::warn);  // it would print among the lines
  try {
    if (!given.make_keys.empty()) {
      make_keys(given.make_keys);
    } else if (given.listen != 0) {
      listen(given);
    } else {
      connect(given);
    }
  } catch (const user_error& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
  return 0;
}
