#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "config/defaults_top.hpp"
#include "console/common.hpp"
#include "console/stop_flag.hpp"
#include "console/terminal.hpp"
#include "console/top/draw.hpp"
#include "console/top/screen.hpp"
#include "console/top/source.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  bool once = false;
  std::size_t width = defaults::top_width;
  std::size_t height = defaults::top_height;
};

std::shared_ptr<top_source> source_of(const flags& f) {
  return std::make_shared<top_source>(load_keys(f.client.common().paths().keys), f.client.nodes());
}

void print_once(const flags& f) {
  const bool utf8 = take_locale_utf8();
  const auto source = source_of(f);
  source->ask_members();
  source->ask_shelf();
  const auto drawn =
      draw_top({}, *source->now(), f.width, f.height, utf8, std::time(nullptr)).text();
  std::fputs(drawn.c_str(), stdout);
}

/// Until a key is there, the flag is raised, or it is time to look whether the screen has changed.
void wait_for_key(const stop_flag& stop) {
  pollfd waits[]{{STDIN_FILENO, POLLIN, 0}, {stop.descriptor(), POLLIN, 0}};
  const auto limit = std::chrono::milliseconds{defaults::top_look_interval}.count();
  ::poll(waits, 2, static_cast<int>(limit));  // a signal ends it, too
}

/// A terminal that went away tells that its input has ended.
bool input_has_ended() {
  pollfd wait{STDIN_FILENO, POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0 && (wait.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

bool colours_are_wanted() {
  const char* no_colour = std::getenv("NO_COLOR");
  return no_colour == nullptr || *no_colour == '\0';
}

void follow(const std::shared_ptr<top_source>& source, top_watch& watch, top_screen& screen,
            const stop_flag& stop, bool utf8) {
  top_state state;
  std::shared_ptr<const top_snapshot> drawn;
  bool changed = true;
  while (!stop.raised() && !state.leaving && !input_has_ended()) {
    const auto now = source->now();
    if (changed || now != drawn)
      screen.show(draw_top(state, *now, screen.width(), screen.height(), utf8, std::time(nullptr)));
    drawn = now;
    changed = false;
    wait_for_key(stop);
    const auto page = state.page;
    while (const auto key = screen.read_key(changed)) {
      changed = true;
      if (const auto action = press(state, *key, *source->now())) watch.carry_out(*action);
    }
    if (page != state.page) watch.show(state.page);
  }
}

void run(const flags& f) {
  if (f.once) return print_once(f);
  if (!is_terminal(STDOUT_FILENO) || !is_terminal(STDIN_FILENO))
    throw usage_error(
        "`bramble top` needs a terminal; `bramble status` and `bramble top --once` do not.");
  const bool utf8 = take_locale_utf8();
  const auto source = source_of(f);
  stop_flag stop;
  const stop_on_signals signals{stop};
  // Before the watch, whose threads must not be under way when a terminal that cannot be drawn on
  // ends the program.
  auto screen = std::make_optional<top_screen>(colours_are_wanted());
  top_watch watch{source};
  follow(source, watch, *screen, stop, utf8);
  screen.reset();
  // The terminal is as it was. A node may take minutes for an answer that nobody needs any more.
  if (watch.end(std::chrono::milliseconds{500})) return;
  std::fflush(nullptr);
  std::_Exit(0);
}

}  // namespace

void add_top_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("top", "Watch the cluster on the whole terminal");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  auto* once = verb->add_flag("--once", f->once, "Print one screen as text, and end");
  verb->add_option("--width", f->width, "With --once: columns of it")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, defaults::top_size_most))
      ->capture_default_str()
      ->needs(once);
  verb->add_option("--height", f->height, "With --once: lines of it")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, defaults::top_size_most))
      ->capture_default_str()
      ->needs(once);
  verb->footer(
      example("bramble top --node pi1.local\n  bramble top --once --width 120 --height 40"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
