#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <optional>

#include "actors/node/node_service.hpp"
#include "config/base/error.hpp"
#include "config/defaults_join.hpp"
#include "config/keys.hpp"
#include "config/system/service_manager.hpp"
#include "console/common.hpp"
#include "console/engine/gateway_child.hpp"
#include "console/engine/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  common_flags common;
  std::string name;
  std::string listen;
  std::vector<std::string> join;
  std::string pace;
  std::string device;
  std::string threads;
  std::string models_max;
  bool gateway = false;
  std::string gateway_listen;
  bool verbose = false;
};

/// Puts the flags on top of the other layers.
void apply_flags(const flags& f, node_options& options) {
  if (!f.name.empty()) options.name = f.name;
  if (!f.listen.empty()) {
    const auto where = parse_endpoint(f.listen, options.control_port, "--listen");
    options.listen_address = where.host;
    options.control_port = where.port;
    options.data_port = 0;
  }
  for (const auto& each : f.join)
    options.join.push_back(parse_endpoint(each, defaults::control_port, "--join"));
  if (!f.pace.empty()) options.pace_gmacs = parse_number(f.pace, 1e-3, 1e6, "--pace");
  if (!f.device.empty()) options.device = f.device;
  if (!f.threads.empty())
    options.threads = static_cast<int>(parse_integer(f.threads, 0, 1024, "--threads"));
  if (!f.models_max.empty()) options.models_max_gb = parse_models_max(f.models_max, "--models-max");
}

node_options layered(const flags& f) {
  auto options = f.common.options();
  from_flag([&] { apply_flags(f, options); });
  // Who gave it its keys has given it a name.
  if (options.name.empty()) options.name = certified_name(f.common.paths().keys);
  settle(options);
  return options;
}

/// Signals that end a node, blocked before any thread starts so that only `wait` sees them.
class ending_signals {
 public:
  ending_signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  int wait() const {
    int which = 0;
    sigwait(&set_, &which);
    return which;
  }
  /// 0: none came.
  int wait_for(std::chrono::seconds time) const {
    const timespec limit{time.count(), 0};
    return std::max(0, sigtimedwait(&set_, nullptr, &limit));
  }

 private:
  sigset_t set_{};
};

/// A piece or a calibration may still compute, and CAF can hang at its end after peers were
/// connected. Peers know that we left, so nobody needs to wait for that.
void end_soon() {
  std::signal(SIGALRM, [](int) {
    constexpr char text[] = "ended without waiting for what still computed\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
    ::_exit(0);
  });
  const auto us = std::chrono::microseconds{defaults::exit_timeout}.count();
  const itimerval once{{0, 0}, {0, us}};
  ::setitimer(ITIMER_REAL, &once, nullptr);
}

/// A Pi has no battery for its clock: after a power cut it is 1970, or the day it was switched off,
/// until the network tells the time. Returns false when the node is to end meanwhile. Throws what
/// is wrong with the keys, or with the clock when that was waited for long enough.
bool await_the_clock(const std::filesystem::path& keys, const ending_signals& signals) {
  const auto until = std::chrono::steady_clock::now() + defaults::clock_wait;
  for (bool told = false;; told = true) {
    try {
      load_keys(keys);
      if (told) spdlog::info("the clock is right now");
      return true;
    } catch (const clock_error& e) {
      if (std::chrono::steady_clock::now() >= until) throw;
      if (!told)
        spdlog::warn("{} Waiting up to {} minutes for the time from the network.", e.what(),
                     defaults::clock_wait.count());
    }
    if (signals.wait_for(defaults::clock_look_every) != 0) return false;
  }
}

/// It asks this node, whatever it listens on.
std::vector<std::string> gateway_arguments(const flags& f, const node_options& options) {
  const auto& listens = options.listen_address;
  const bool everywhere = listens == "0.0.0.0" || listens == "::";
  const endpoint node{everywhere ? defaults::client_host : listens, options.control_port};
  std::vector<std::string> out{"gateway", "--home", f.common.paths().home.string(), "--node",
                               to_string(node)};
  if (!f.gateway_listen.empty()) out.insert(out.end(), {"--listen", f.gateway_listen});
  return out;
}

void run(const flags& f) {
  const ending_signals signals;
  spdlog::set_default_logger(spdlog::stderr_color_mt("bramble"));
  spdlog::set_pattern("%H:%M:%S.%e %^%l%$ %v");
  if (f.verbose) spdlog::set_level(spdlog::level::debug);
  const auto options = layered(f);
  if (!await_the_clock(f.common.paths().keys, signals)) return;
  {
    node_service service{f.common.paths(), options};
    std::printf("%s\n", service.banner().c_str());
    std::fflush(stdout);
    std::optional<gateway_child> gateway;
    if (f.gateway || !f.gateway_listen.empty()) gateway.emplace(gateway_arguments(f, options));
    spdlog::info("stopping: signal {}", signals.wait());
    tell_stopping();
    gateway.reset();
    service.leave();
    end_soon();
  }
}

}  // namespace

void add_node_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("node", "Be a node of a cluster, until Ctrl-C");
  auto f = std::make_shared<flags>();
  f->common.add_to(*verb);
  verb->add_option("--join", f->join, "A node of the cluster; more than one may be given")
      ->type_name("HOST[:PORT]");
  verb->add_option("--name", f->name, "This node's name (BRAMBLE_NAME; the host name)");
  verb->add_option("--listen", f->listen, "Where to listen (BRAMBLE_LISTEN)")
      ->type_name("ADDRESS[:PORT]");
  verb->add_option("--threads", f->threads, "Computing threads (BRAMBLE_THREADS; all cores)")
      ->type_name("N");
  verb->add_option("--pace", f->pace, "Emulate a device of this speed (BRAMBLE_PACE)")
      ->type_name("GMACS");
  verb->add_option("--device", f->device,
                   "Emulate this device: pi4-pytorch, pi4-ncnn, pi5-pytorch, pi3b+ or FILE.toml; "
                   "pi4-pytorch@0.5 is half as fast (BRAMBLE_DEVICE)")
      ->type_name("NAME[@FACTOR]");
  verb->add_option("--models-max", f->models_max,
                   "What models may take on disk (BRAMBLE_MODELS_MAX_GB; 8)")
      ->type_name("GB");
  verb->add_flag("--gateway", f->gateway,
                 "Also start `bramble gateway` beside it, at http://127.0.0.1:8741");
  verb->add_option("--gateway-listen", f->gateway_listen,
                   "The same elsewhere; other machines show a token (`bramble gateway token`)")
      ->type_name("ADDRESS[:PORT]");
  verb->add_flag("-v,--verbose", f->verbose, "Log more");
  verb->footer(example("bramble node --join pi1.local"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
