#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/keys.hpp"
#include "config/packages.hpp"
#include "console/common.hpp"
#include "console/guest_log.hpp"
#include "console/near_invitations.hpp"
#include "console/qr_code.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "console/welcome.hpp"

namespace bramble {
namespace {

struct invite_flags {
  common_flags common;
  std::string name;
  std::size_t uses = 1;
  std::string lasts = "10m";
  std::vector<std::string> hosts;
  std::string listen;
  std::uint16_t port = defaults::join_port;
  bool replace = false;
  bool json = false;
  bool without_packages = false;
  bool is_short = false;
};

/// Ctrl-C and its like, looked for instead of suffered. Made before any thread starts.
class ending {
 public:
  ending() {
    sigemptyset(&set_);
    for (const int each : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set_, each);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  /// Waits for it, at most so long.
  bool came_within(std::chrono::milliseconds time) const {
    const timespec limit{0, static_cast<long>(std::chrono::nanoseconds{time}.count())};
    return sigtimedwait(&set_, nullptr, &limit) > 0;
  }

 private:
  sigset_t set_{};
};

join_packages packages_for(const invite_flags& f, const home_paths& paths) {
  join_packages out;
  if (f.without_packages || f.is_short) return out;
  const auto all = kept_packages(packages_in(paths.home));
  for (const auto& each : all) out.files.emplace(each.architecture, each.file);
  out.list = format_packages(all);
  return out;
}

join_code code_for(const invite_flags& f, const key_info& keys, const node_options& options) {
  join_code out;
  out.port = f.port;
  out.authority = short_fingerprint(keys.authorities.front());
  out.secret = make_join_secret();
  if (f.is_short) return out;
  out.hosts = f.hosts.empty() ? hosts_to_invite_to(options.listen_address) : f.hosts;
  if (out.hosts.empty())
    throw user_error("This machine has no address; connect it, or give one with --host.");
  if (out.hosts.size() > defaults::join_hosts_most)
    throw usage_error("--host may be given " + std::to_string(defaults::join_hosts_most) +
                      " times at most.");
  return out;
}

void print_code(const invite_flags& f, const std::string& code, std::chrono::seconds lasts) {
  if (f.json) {
    std::printf("%s\n", nlohmann::json{{"code", code},
                                       {"name", f.name},
                                       {"uses", f.uses},
                                       {"for_s", lasts.count()},
                                       {"port", f.port}}
                            .dump()
                            .c_str());
  } else {
    const auto picture = is_utf8_terminal() ? qr_code(code, terminal_columns()) : "";
    std::printf(
        "%s%s\n\nOn the new machine type within %s, where Bramble's sources are:\n"
        "  scripts/launch-node.sh --code %s\nor, where it is installed:\n"
        "  bramble join %s\n",
        picture.c_str(), bold(code).c_str(), clock_text(lasts).c_str(), code.c_str(), code.c_str());
  }
  std::fflush(stdout);
}

void invite(const invite_flags& f) {
  const ending signals;
  const auto paths = f.common.paths();
  const auto keys = load_keys(paths.keys);
  if (!keys.can_issue)
    throw user_error(
        "This node cannot certify others: the cluster's authority is on the node where "
        "it was begun. Type `bramble invite` there.");
  auto options = f.common.options();
  from_flag([&] {
    if (f.listen.empty()) return;
    const auto where = parse_endpoint(f.listen, options.control_port, "--listen");
    options.listen_address = where.host;
    options.control_port = where.port;
  });
  if (f.is_short && (!f.hosts.empty() || !options.mdns))
    throw usage_error(
        "--short prints a code without an address: leave out --host, and do not turn off mDNS.");
  const auto lasts = from_flag([&] { return parse_duration(f.lasts, "--for"); });
  auto code = code_for(f, keys, options);
  const auto packages = packages_for(f, paths);
  if (!packages.files.empty())
    code.packages = short_fingerprint(sha256_hex(as_bytes(packages.list)));
  const auto begin = std::chrono::steady_clock::now();

  invitation_book book;
  invitation what;
  what.secret = code.secret;
  what.replace = f.replace;
  what.uses = f.uses;
  what.until = begin + lasts;
  if (!f.name.empty()) {
    const auto fitting = fit_node_name(f.name);
    if (!fitting.remark.empty()) std::fprintf(stderr, "%s\n", fitting.remark.c_str());
    what.name = fitting.name;
  }
  book.open(what, begin);

  news_box box;
  join_handlers handlers;
  handlers.certify = [&](const join_guest& guest, EVP_PKEY& key) {
    const auto made = certify(paths.keys, guest.name, key, "invite", guest.replace);
    join_answer out;
    out.certificate = made.certificate;
    out.authority = made.authority;
    out.peers = shelf_as_told(paths, keys, options, guest);
    return out;
  };
  handlers.tell = [&](const join_news& news) { box.put(news); };
  join_server_config config{keys.paths};
  config.listen_address = options.listen_address;
  config.port = f.port;
  config.packages = packages;
  const join_server server{config, std::move(book), std::move(handlers)};
  std::optional<invitation_sign> sign;
  if (options.mdns) sign.emplace(keys, server.port(), options.listen_address);
  if (f.is_short) sign->await_visible();
  print_code(f, format_join_code(code), lasts);

  guest_log log;
  std::size_t joined = 0;
  for (;;) {
    for (const auto& each : box.take())
      if (log.tell(each)) ++joined;
    if (joined == f.uses) break;
    const auto left =
        std::chrono::ceil<std::chrono::seconds>(what.until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    if (is_terminal(STDERR_FILENO))
      show_progress("waiting for " + (what.name.empty() ? "a machine" : what.name) +
                    " to join: " + clock_text(left) + " left, " + std::to_string(joined) + " of " +
                    std::to_string(f.uses) + " came, " + std::to_string(log.refusals()) +
                    " refused; Ctrl-C withdraws");
    if (!signals.came_within(std::chrono::milliseconds{250})) continue;
    show_progress("");
    if (joined == 0) throw user_error("The invitation is withdrawn; nobody came.");
    break;
  }
  show_progress("");
  if (joined == 0)
    throw user_error(
        "The invitation has ended and nobody came; type `bramble invite` for another, "
        "with --for 30m if that is more like it.");
}

}  // namespace

void add_invite_verb(CLI::App& app) {
  auto* verb = app.add_subcommand(
      "invite", "Let other machines join this cluster: prints a code, and waits until it is used");
  auto f = std::make_shared<invite_flags>();
  f->common.add_to(*verb);
  verb->add_option("name", f->name, "What the new node is called (what that machine is called)");
  verb->add_option("--uses", f->uses, "How many machines may join by this code")
      ->capture_default_str();
  verb->add_option("--for", f->lasts, "How long")->type_name("TIME")->capture_default_str();
  verb->add_option("--host", f->hosts,
                   "Address of this machine as the others reach it; more than one may be given")
      ->type_name("HOST")
      ->allow_extra_args(false);
  verb->add_option(
          "--listen", f->listen,
          "Where this machine's node listens, if not as bramble.toml says (BRAMBLE_LISTEN)")
      ->type_name("ADDRESS[:PORT]");
  verb->add_flag("--short", f->is_short,
                 "A code without address and packages, for machines of the same network that have "
                 "the program: they find this one by mDNS");
  verb->add_option("--port", f->port, "Port to wait at")->capture_default_str();
  verb->add_flag("--replace", f->replace,
                 "A machine that has keys of that name already is replaced by the new one");
  verb->add_flag("--without-packages", f->without_packages,
                 "Give away no packages (of `bramble package add`), for a shorter code");
  verb->add_flag("--json", f->json, "Print the code as JSON, in one line");
  verb->footer(
      example("bramble invite\n  bramble invite pi3 --for 1h\n  bramble invite --uses 4 --short"));
  verb->callback([f] { invite(*f); });
}

}  // namespace bramble
