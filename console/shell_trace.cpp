// The command that shows messages as actors handle them.
#include <algorithm>

#include "config/defaults.hpp"
#include "config/defaults_operating.hpp"
#include "config/format.hpp"
#include "console/actor_view.hpp"
#include "console/events.hpp"
#include "console/live.hpp"
#include "console/message_trace.hpp"
#include "console/shell.hpp"
#include "console/stop_flag.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

constexpr const char* trace_usage = "trace ACTOR|REQUEST|NODE [on NODE] [--max N] [--for SPAN]";

bool is_request_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// The number of its attempt, by which all nodes know it.
std::uint64_t run_of(const request_list& list, const std::string& number) {
  const auto found = std::ranges::find_if(
      list.requests, [&](const open_request& each) { return std::to_string(each.id) == number; });
  if (found == list.requests.end())
    throw user_error("There is no request " + number + " on " + list.host +
                     "; `requests all` lists those that there are.");
  if (found->run == 0)
    throw user_error("Request " + number + " " + found->state +
                     ": there are no messages about it yet; try again.");
  return found->run;
}

std::string words_between(const shell::arguments& words) {
  std::string out;
  for (std::size_t i = 1; i < words.size(); ++i) out += (i == 1 ? "" : " ") + words[i];
  return out;
}

}  // namespace

void shell::add_trace_command() {
  commands_["trace"] = {trace_usage,
                        "messages of an actor, about a request or of a node, as they are handled; "
                        "ends by itself",
                        "trace cluster on pi2 --max 20 --for 5s",
                        [this](auto& w) { return trace(w); },
                        [this](auto& w) {
                          const auto& before = w[w.size() - 2];
                          if (before == "on") return alive_members();
                          if (before == "--max" || before == "--for")
                            return std::vector<std::string>{};
                          auto out = names_of_actors();
                          const auto nodes = alive_members();
                          out.insert(out.end(), nodes.begin(), nodes.end());
                          out.insert(out.end(), {"on", "--max", "--for"});
                          return out;
                        }};
}

/// What `target` means: sets what is to be noted, and answers on which nodes.
std::vector<std::string> shell::aim_trace(const std::string& target, const std::string& node,
                                          const cluster_status& status, tap_query& what) {
  const auto asked = node.empty() ? client_->node_name() : node;
  if (is_request_number(target)) {
    const auto list =
        with_member(keys_, *client_, asked, [](node_client& it) { return it.requests(); });
    what.request = run_of(list, target);
    return alive_members();
  }
  if (std::ranges::count(status.nodes, target, &node_status::name) != 0) return {target};
  what.actor = find_actor(actors_of(node).front(), target).id;
  return {asked};
}

/// At once where somebody looks, else in the end.
shell_answer shell::show_trace(message_trace& trace) {
  const bool shows_now = print_ != nullptr && !as_json_;
  const stop_flag nobody;
  const auto& stop = stop_ != nullptr ? *stop_ : nobody;
  std::string text;
  auto json = nlohmann::json::array();
  for (bool ended = false; !ended;) {
    ended = stop.wait_for(defaults::tap_is_read_every);
    std::string now;
    for (const auto& [whose, message] : trace.read(ended)) {
      now += describe(whose, message);
      json.push_back(to_json(whose, message));
    }
    if (shows_now && !now.empty())
      say(now);
    else if (!shows_now)
      text += now;
    ended = ended || !trace.runs();
  }
  text += std::to_string(json.size()) + " messages";
  if (trace.left_out() > 0)
    text += "; " + std::to_string(trace.left_out()) + " more were too many at once";
  for (const auto& each : trace.silent()) text += "; " + each + " does not answer any more";
  return {text + "\n",
          {{"messages", json}, {"left_out", trace.left_out()}, {"silent", trace.silent()}}};
}

shell_answer shell::trace(arguments words) {
  const auto node = take_option(words, "on");
  const auto most = take_option(words, "--max");
  const auto span = take_option(words, "--for");
  need(words, 2, ~std::size_t{0}, trace_usage);
  tap_query what;
  what.most = static_cast<std::uint32_t>(
      most.empty() ? defaults::tapped_usually
                   : parse_integer(most, 1, defaults::tapped_most, "--max"));
  what.for_s = span.empty() ? std::chrono::duration<double>(defaults::tap_lasts_usually).count()
                            : parse_span(span);
  const auto status = client_->status();
  message_trace::nodes nodes;
  for (const auto& name : aim_trace(words_between(words), node, status, what))
    nodes.emplace_back(name,
                       std::make_shared<node_client>(keys_, std::vector{address_of(status, name)}));
  message_trace trace{std::move(nodes), what};
  return show_trace(trace);
}

}  // namespace bramble
