#include "gateway/shelf/shelf_door.hpp"

#include <algorithm>

#include "config/defaults.hpp"
#include "config/defaults_gateway.hpp"
#include "console/live.hpp"
#include "gateway/protocol/refusal.hpp"
#include "model/store/shelf_names.hpp"

namespace bramble::gateway {
namespace {

using clock = std::chrono::steady_clock;

constexpr int not_found = 404;
constexpr int unavailable = 503;

[[noreturn]] void refuse_for_now(const std::string& why) {
  throw refusal(unavailable, why, defaults::gateway_try_again);
}

std::vector<held_model> held_by(const cluster_status& shelf) {
  std::vector<held_model> out;
  for (const auto& node : shelf.nodes)
    if (node.state == "alive")
      for (const auto& model : node.report.models)
        if (is_sound(model)) out.push_back({node.name, model});
  return out;
}

}  // namespace

shelf_door::shelf_door(key_info keys, std::vector<endpoint> where)
    : keys_{std::move(keys)}, where_{std::move(where)}, cards_{defaults::gateway_cards_kept} {}

shelf_door::~shelf_door() = default;

void shelf_door::know(const cluster_status& shelf) {
  auto known = std::make_shared<const cluster_status>(shelf);
  const std::lock_guard lock{mutex_};
  shelf_ = std::move(known);
}

/// As was typed, then whoever was alive when the shelf was heard of last.
std::vector<endpoint> shelf_door::places() const {
  const std::lock_guard lock{mutex_};
  return shelf_ ? places_of(where_, *shelf_) : where_;
}

shelf_door::client_ptr shelf_door::here() {
  const auto known = [this]() -> client_ptr {
    const std::lock_guard lock{mutex_};
    if (client_) return client_;
    if (clock::now() < next_try_) refuse_for_now(trouble_);
    return nullptr;
  };
  if (auto client = known()) return client;
  const std::lock_guard one_dials{connecting_};
  if (auto client = known()) return client;
  try {
    auto made = std::make_shared<node_client>(keys_, places());
    const std::lock_guard lock{mutex_};
    return client_ = std::move(made);
  } catch (const user_error& e) {
    {
      const std::lock_guard lock{mutex_};
      trouble_ = e.what();
      next_try_ = clock::now() + defaults::gateway_reconnect_pause;
    }
    refuse_for_now(e.what());
  }
}

void shelf_door::drop(const client_ptr& lost) {
  client_ptr ends_here;  // not under the lock: its end may take a while
  const std::lock_guard lock{mutex_};
  if (client_ != lost) return;
  ends_here = std::move(client_);
  client_ = nullptr;
}

/// A client that is lost is lost with all nodes that it knew; another one knows those of now.
template <class Question>
auto shelf_door::ask(const Question& question) {
  for (bool again = true;; again = false) {
    const auto client = here();
    try {
      return question(*client);
    } catch (const node_is_busy& e) {
      throw refusal(unavailable, e.what(), e.after);
    } catch (const node_is_lost& e) {
      drop(client);
      if (!again) refuse_for_now(e.what());
    }
  }
}

bool shelf_door::has_model(const std::string& name) const {
  const std::lock_guard lock{mutex_};
  if (!shelf_) return false;
  return std::ranges::any_of(held_by(*shelf_), [&](const held_model& each) {
    return each.model.name == name || each.model.record.identity.starts_with(name);
  });
}

model_card shelf_door::ask_card(const std::string& name) {
  try {
    return ask([&](node_client& client) {
      auto told = client.describe(name);
      model_card out;
      out.name = name;
      out.identity = std::move(told.identity);
      out.inputs = std::move(told.inputs);
      out.outputs = std::move(told.outputs);
      out.mean = std::move(told.mean);
      out.deviation = std::move(told.deviation);
      out.labels = std::move(told.labels);
      out.means = told.means;
      out.remark = std::move(told.remark);
      return out;
    });
  } catch (const refusal&) {
    throw;
  } catch (const user_error& e) {
    // A node says in a sentence why it has none; which kind that is tells what the shelf has.
    throw refusal(has_model(name) ? 500 : not_found, e.what());
  }
}

model_card shelf_door::card(const std::string& name) {
  {
    const std::lock_guard lock{mutex_};
    const auto* known = cards_.find(name);
    if (known != nullptr && clock::now() - known->asked < defaults::gateway_card_age)
      return *known->card;
  }
  auto asked = std::make_shared<const model_card>(ask_card(name));
  const std::lock_guard lock{mutex_};
  cards_[name] = {asked, clock::now()};
  return *asked;
}

void shelf_door::forget_card(const std::string& name) {
  const std::lock_guard lock{mutex_};
  cards_.erase(name);
}

infer_reply shelf_door::infer(const std::shared_ptr<const infer_request>& what,
                              const is_abandoned& abandoned) {
  return ask(
      [&](node_client& client) { return client.infer(what, abandoned, defaults::gateway_glance); });
}

void shelf_door::load(const std::string& name) {
  const auto known = card(name);
  try {
    ask([&](node_client& client) {
      // The plan is installed wherever it is needed.
      plan_query query;
      query.model = known.name;
      query.identity = known.identity;
      query.host = client.node_name();
      return client.make_plan(query);
    });
  } catch (const refusal&) {
    throw;
  } catch (const user_error& e) {
    throw refusal(500, e.what());
  }
  const std::lock_guard lock{mutex_};
  unloaded_.erase(name);
}

void shelf_door::unload(const std::string& name) {
  card(name);
  const std::lock_guard lock{mutex_};
  unloaded_.insert(name);
}

bool shelf_door::is_unloaded(const std::string& name) const {
  const std::lock_guard lock{mutex_};
  return unloaded_.contains(name);
}

std::string shelf_door::change(const std::string& member, const runtime_override& what) {
  const auto place = [&]() -> std::vector<endpoint> {
    const std::lock_guard lock{mutex_};
    if (!shelf_) return {};
    for (const auto& node : shelf_->nodes)
      if (node.name == member)
        return {parse_endpoint(node.address, defaults::control_port, node.name)};
    return {};
  }();
  if (place.empty()) throw refusal(not_found, "There is no node called " + member + ".");
  try {
    return node_client{keys_, place}.change(what);
  } catch (const node_is_lost& e) {
    refuse_for_now(e.what());
  }
}

std::vector<shelf_door::listed> shelf_door::models() const {
  const std::lock_guard lock{mutex_};
  std::vector<listed> out;
  if (!shelf_) return out;
  const auto held = held_by(*shelf_);
  std::set<std::string> names;
  for (const auto& each : held) names.insert(each.model.name);
  for (const auto& name : names) {
    if (name.empty()) continue;
    const auto meaning = meaning_of(name, of_name(name, held));
    auto reason = unloaded_.contains(name) ? "unloaded by hand" : meaning.conflict;
    out.push_back({name, meaning.identity, reason.empty(), std::move(reason)});
  }
  return out;
}

}  // namespace bramble::gateway
