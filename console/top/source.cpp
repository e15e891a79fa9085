#include "console/top/source.hpp"

#include <algorithm>

#include "config/base/error.hpp"
#include "config/base/wall_clock.hpp"
#include "config/defaults.hpp"
#include "config/defaults_top.hpp"
#include "console/gather_trace.hpp"
#include "console/live.hpp"
#include "model/graph/manifest.hpp"

namespace bramble {
namespace {

/// Changes with each request that a host answers about a model: with what the plan in use has
/// answered, and with the plan, which may have gone at once. Empty: it has answered none yet.
std::string answered_so_far(const live_report& host, const std::string& model) {
  std::string out;
  bool any = false;
  for (const auto& each : host.plans) {
    if (each.p.model != model) continue;
    out += std::to_string(each.p.epoch) + ' ' + std::to_string(each.runs) + ' ';
    any = any || each.runs > 0;
  }
  for (const auto& each : host.switches)
    any = any || (each.model == model && each.measured_before_ms > 0);
  return any ? out : "";
}

}  // namespace

top_source::top_source(key_info keys, std::vector<endpoint> where)
    : keys_{std::move(keys)},
      where_{std::move(where)},
      client_{std::make_unique<node_client>(keys_, where_)},
      members_{keys_} {
  auto first = std::make_shared<top_snapshot>();
  first->shelf = client_->status();
  now_ = std::move(first);
}

std::shared_ptr<const top_snapshot> top_source::now() const {
  const std::lock_guard lock{mutex_};
  return now_;
}

template <class Change>
void top_source::publish(const Change& change) {
  const std::lock_guard lock{mutex_};
  auto next = std::make_shared<top_snapshot>(*now_);
  change(*next);
  now_ = std::move(next);
}

/// Where the shelf can be asked: as was typed, else whoever was alive.
std::vector<endpoint> top_source::places() const {
  return places_of(where_, now()->shelf);
}

void top_source::ask_shelf() {
  try {
    if (!client_) client_ = std::make_unique<node_client>(keys_, places());
    auto told = client_->status();
    history_.add(told, now()->hosts);
    publish([&](top_snapshot& next) {
      next.shelf = std::move(told);
      next.trouble.clear();
      next.history = history_.samples();
    });
  } catch (const std::exception& e) {
    client_.reset();
    history_.add_nothing();
    publish([&](top_snapshot& next) {
      next.trouble = "not of now: " + std::string{e.what()};
      next.history = history_.samples();
    });
  }
}

void top_source::take_events(const event_list& told) {
  auto& known = noted_[told.node];
  known.node = told.node;
  known.last = told.last;
  if (told.events.empty()) return;
  news_ = true;
  known.events.insert(known.events.end(), told.events.begin(), told.events.end());
  if (known.events.size() > defaults::top_events)
    known.events.erase(known.events.begin(),
                       known.events.end() - static_cast<std::ptrdiff_t>(defaults::top_events));
}

std::vector<merged_event> top_source::all_events() const {
  std::vector<event_list> lists;
  lists.reserve(noted_.size());
  for (const auto& [name, list] : noted_) lists.push_back(list);
  return merge_events(lists);
}

void top_source::ask_member(const node_status& node, const cluster_status& shelf, round& out) {
  auto& member = members_.to(node);
  const auto since =
      milliseconds_since_1970() -
      static_cast<std::uint64_t>(std::chrono::milliseconds{defaults::top_events_since}.count());
  take_events(member.events({noted_[node.name].last, since, ""}));
  const auto page = page_.load();
  if (node.name == shelf.self || !node.report.loads.empty()) {
    out.hosts.push_back(member.live());
    // Who makes which piece is asked for with a request's trace.
    for (auto& each : out.hosts.back().plans) each.p.pieces.clear();
  }
  if (page == top_page::requests) out.requests.push_back(member.requests());
  if (page == top_page::actors) out.actors.push_back(member.actors());
}

void top_source::ask_members() {
  const auto shelf = now()->shelf;
  round told;
  for (const auto& node : shelf.nodes) {
    if (node.state != "alive") {
      members_.forget(node.name);
      continue;
    }
    if (clock::now() < left_alone_[node.name]) {
      told.silent.push_back(node.name);
      continue;
    }
    try {
      ask_member(node, shelf, told);
    } catch (const std::exception&) {  // told on the screen
      members_.forget(node.name);
      left_alone_[node.name] = clock::now() + defaults::top_silence;
      told.silent.push_back(node.name);
    }
  }
  const auto hosts = told.hosts;
  publish([&](top_snapshot& next) {
    next.hosts = std::move(told.hosts);
    next.requests = std::move(told.requests);
    next.actors = std::move(told.actors);
    next.silent = std::move(told.silent);
    if (news_) next.events = all_events();
  });
  news_ = false;
  if (page_ == top_page::overview) look_at_request(shelf, hosts);
}

/// Of the host that has answered one since it was looked at last.
void top_source::look_at_request(const cluster_status& shelf,
                                 const std::vector<live_report>& hosts) {
  if (clock::now() < next_trace_) return;
  for (const auto& host : hosts)
    for (const auto& each : host.plans) {
      auto now = answered_so_far(host, each.p.model);
      auto& traced = traced_[host.host + ' ' + each.p.model];
      if (now.empty() || traced == now) continue;
      traced = std::move(now);
      next_trace_ = clock::now() + defaults::top_trace_interval;
      return trace_request(shelf, host.host, each.p.identity);
    }
}

void top_source::trace_request(const cluster_status& shelf, const std::string& host,
                               const std::string& identity) {
  try {
    const auto at = std::ranges::find(shelf.nodes, host, &node_status::name);
    const auto trace = gather_trace(members_, members_.to(*at), identity, shelf);
    auto view = view_of(trace, forecast_for(trace.by(), shelf));
    publish([&](top_snapshot& next) {
      next.request = std::move(view);
      next.request_trouble.clear();
    });
  } catch (const std::exception& e) {
    publish([&](top_snapshot& next) {
      next.request_trouble = "The last request is not known: " + std::string{e.what()};
    });
  }
}

/// Asked for once for each plan: its host's graph, and what all who work in it reckon with.
const plan_forecast& top_source::forecast_for(const plan& by, const cluster_status& shelf) {
  if (forecast_ && forecast_->key == key_of(by)) return *forecast_;
  const auto& host = by.nodes[by.host];
  std::vector<capacity_report> told;
  for (const auto index : participants(by)) {
    const auto& name = by.nodes[index];
    const auto at = std::ranges::find(shelf.nodes, name, &node_status::name);
    if (at == shelf.nodes.end() || at->state != "alive")
      throw user_error(name + " worked on it and is not here any more.");
    told.push_back(members_.to(*at).prepare({by.identity, by.model, host, name == host}));
  }
  const auto from = std::ranges::find(told, host, &capacity_report::node);
  if (from == told.end()) throw user_error(host + " told nothing of the model.");
  auto model = decode_manifest(from->manifest, "the manifest of " + by.model).model;
  forecast_ = forecast_of(by, std::move(model), told);
  return *forecast_;
}

void top_source::carry_out(const top_action& what) {
  std::string said;
  try {
    node_client member{keys_, {address_of(now()->shelf, what.node)}};
    said = member.change({what.kind, 0});
  } catch (const std::exception& e) {
    said = e.what();
  }
  publish([&](top_snapshot& next) { next.said = std::move(said); });
}

}  // namespace bramble
