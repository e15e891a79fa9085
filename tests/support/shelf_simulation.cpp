#include "tests/support/shelf_simulation.hpp"

#include <algorithm>
#include <map>

#include "actors/execution/branch_executor.hpp"
#include "actors/membership/cluster.hpp"
#include "actors/membership/link_meter.hpp"
#include "actors/node/node.hpp"
#include "actors/planning/coordinator.hpp"
#include "actors/requests/chunk_buffer.hpp"
#include "actors/requests/requester.hpp"
#include "model/graph/manifest.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/graph_kit.hpp"
#include "tests/support/simulated_parts.hpp"

namespace bramble::test {
namespace {

using std::chrono::milliseconds;

constexpr std::uint16_t port = 7741;
constexpr milliseconds client_pause{200};
constexpr double planning_effort = 0.2;  // a good plan is not what is asked here

/// Four convolutions, each of which can be divided.
manifest simulated_model() {
  graph_kit kit{"simulated"};
  const window win{{3, 3}, {1, 1}, {1, 1}, {1, 1}};
  auto x = kit.input({1, 8, 32, 32});
  for (int i = 0; i < 4; ++i) x = kit.conv(x, 16, win);
  manifest out;
  out.model = kit.finish({x});
  return out;
}

}  // namespace

class shelf_simulation::inside {
 public:
  explicit inside(std::size_t nodes) {
    model_.content = simulated_model();
    encoded_ = encode_manifest(model_.content);
    model_.identity = identity(model_.content);
    graph_ = std::make_shared<const graph>(model_.content.model);
    for (std::size_t i = 0; i < nodes; ++i) names_.push_back("pi" + std::to_string(i + 1));
    for (const auto& name : names_) start(name);
  }

  ~inside() {
    for (const auto& name : names_) kill(name);
    f_.run();
  }

  void pass(milliseconds time) {
    f_.run();
    auto& clock = dynamic_cast<caf::detail::test_actor_clock&>(f_.clock.clock());
    const auto until = clock.current_time + time;
    while (!clock.schedule().empty() && clock.schedule().begin()->first <= until) {
      clock.trigger_timeout();
      f_.run();
    }
    clock.current_time = until;
  }

  milliseconds now() {
    return std::chrono::duration_cast<milliseconds>(f_.system.clock().now().time_since_epoch());
  }

  void start(const std::string& name) {
    auto& it = nodes_[name];
    if (it.running) return;
    it.running = true;
    ++it.life;
    auto& transport = transports_.emplace_back(std::make_unique<simulated_transport>(net_, name));
    const auto number = static_cast<std::size_t>(std::ranges::find(names_, name) - names_.begin());
    member self;
    self.name = name;
    self.addresses = {address_of(number)};
    self.control_port = port;
    self.data_port = port + 1;
    self.boot = it.life;
    self.instance = number * 1000 + it.life;
    const hello me{hello::current_protocol, "cluster", name, "1", self.instance};
    const auto meter = keep(it, f_.spawn(simulated_meter));
    it.executor =
        keep(it, f_.spawn(branch_executor,
                          branch_executor_config{
                              .self = name,
                              .engine = std::make_shared<simulated_engine>(graph_, device_gmacs),
                              .plane = transport.get(),
                              .meter = meter}));
    const auto preparer = make_preparer(it, name, transport.get());
    const auto coordination = keep(
        it, f_.spawn(coordinator,
                     coordinator_config{.self = name,
                                        .model_cache = preparer,
                                        .executor = it.executor,
                                        .planner = keep(it, f_.spawn(planner, planning_effort)),
                                        .surveyor = keep(it, f_.spawn(planner, planning_effort))}));
    it.coordinator = coordination;
    const model_source models{.finder = make_finder(it)};
    it.requester = keep(
        it,
        f_.spawn(requester, requester_config{.self = name,
                                             .models = models,
                                             .executor = it.executor,
                                             .coordinator = coordination,
                                             .boot = static_cast<std::uint32_t>(self.instance)}));
    it.chunks = keep(
        it, f_.spawn(chunk_buffer, chunk_buffer_config{
                                       .self = name, .models = models, .requester = it.requester}));
    cluster_config membership;
    membership.me = me;
    membership.self = self;
    membership.cluster_name = "simulated";
    membership.listen_address = "0.0.0.0";
    membership.machine.addresses = self.addresses;
    if (number > 0) membership.join = {{address_of(0), port}};
    membership.plane = transport.get();
    membership.meter = meter;
    membership.listeners = {coordination, it.requester};
    membership.data_users = {it.executor};
    membership.executor = it.executor;
    membership.requester = it.requester;
    membership.loads = it.requester;
    membership.pins = it.requester;
    membership.make_dialer = [this, name](const std::string&) -> dialer_actor {
      return f_.spawn(simulated_dialer, &net_, name);
    };
    it.cluster = keep(it, f_.spawn(cluster, membership));
    caf::anon_send(it.executor, report_to_atom::value, failure_listener{it.cluster});
    node_parts parts;
    parts.cluster = it.cluster;
    parts.coordinator = coordination;
    parts.requester = it.requester;
    parts.chunks = it.chunks;
    parts.executor = it.executor;
    parts.model_cache = preparer;
    parts.models = models;
    it.face = keep(it, f_.spawn(node, me, parts));
    net_.start({name, self.addresses.front(), it.face, it.executor, {}});
    caf::anon_send(it.cluster, listing());
    caf::anon_send(it.cluster, begin_atom::value, it.face);
    f_.run();
  }

  void kill(const std::string& name) {
    auto& it = nodes_[name];
    if (!it.running) return;
    it.running = false;
    net_.kill(name);
    for (const auto& each : it.actors) caf::anon_send_exit(each, caf::exit_reason::kill);
    it.actors.clear();
    f_.run();
    const auto calls = calls_;
    for (const auto& [request, call] : calls)
      if (request->asked == name) {
        caf::anon_send_exit(call, caf::exit_reason::kill);
        go_elsewhere(request, name + " went away.");
      }
    f_.run();
  }

  simulated_request_ptr ask(const std::string& node) {
    auto request = std::make_shared<simulated_request>();
    request->number = next_number_++;
    ask_at(request, node);
    f_.run();
    return request;
  }

  std::string ask_change(const std::string& name, const runtime_override& what) {
    const auto asked = f_.ask<std::string>(nodes_.at(name).face, change_atom_v, what);
    return asked->reply.value_or(asked->error);
  }

  cluster_status status(const std::string& name) {
    return f_.ask<cluster_status>(nodes_.at(name).face, status_atom_v)->reply.value();
  }

  auto ask_replan(const std::string& name) {
    return f_.ask<replan_report>(nodes_.at(name).face, replan_atom_v, std::string{"simulated"});
  }

  auto ask_plan(const std::string& node) {
    plan_query query;
    query.model = "simulated";
    return f_.ask<plan>(nodes_.at(node).requester, plan_atom_v, query);
  }

  live_report live(const std::string& node) {
    const auto asked = f_.ask<live_report>(nodes_.at(node).face, live_atom_v);
    return asked->reply.value_or(live_report{});
  }

  std::vector<way> ways() const {
    shelf out;
    out.host = names_.front();
    for (const auto& name : names_)
      out.nodes.push_back({name, device_gmacs, 4000, simulated_network::usual_mbit, {}});
    return ways_of(*graph_, out, wire_type::fp32, false, planning_effort);
  }

  void leave_client() {
    if (calls_.empty()) return;
    const auto last = std::max_element(calls_.begin(), calls_.end(), [](auto& a, auto& b) {
      return a.first->number < b.first->number;
    });
    caf::anon_send_exit(last->second, caf::exit_reason::kill);
    calls_.erase(last);
    f_.run();
  }

  bool agree(const std::set<std::string>& alive) {
    return std::ranges::all_of(alive, [&](const std::string& name) {
      const auto& it = nodes_.at(name);
      const auto status = f_.ask<cluster_status>(it.cluster, status_atom_v);
      if (!status->reply) return false;
      std::set<std::string> seen;
      for (const auto& each : status->reply->nodes)
        if (each.state == "alive") seen.insert(each.name);
      const auto detail = f_.ask<std::string>(it.cluster, detail_atom::value);
      const auto connected = std::to_string(alive.size() - 1) + " connected";
      return seen == alive && detail->reply && detail->reply->find(connected) != std::string::npos;
    });
  }

  std::vector<std::string> ghosts() {
    std::vector<std::string> out;
    for (const auto& [name, it] : nodes_) {
      if (!it.running) continue;
      const auto look = [&, &who = name](const char* what, const auto& actor) {
        const auto said = f_.ask<std::string>(actor, detail_atom::value);
        if (!said->reply || !said->reply->starts_with("0 requests"))
          out.push_back(who + "'s " + what + ": " + said->reply.value_or(said->error));
      };
      const auto turns = f_.ask<std::string>(it.coordinator, detail_atom::value);
      if (turns->reply.value_or(turns->error).find(", 0 requests have their turn, 0 wait") ==
          std::string::npos)
        out.push_back(name + "'s coordinator: " + turns->reply.value_or(turns->error));
      look("executor", it.executor);
      look("requester", it.requester);
      look("chunk buffer", it.chunks);
    }
    return out;
  }

  struct simulated_node {
    bool running = false;
    std::uint64_t life = 0;
    cluster_actor cluster;
    coordinator_actor coordinator;
    requester_actor requester;
    chunk_buffer_actor chunks;
    branch_executor_actor executor;
    node_actor face;
    std::vector<caf::actor> actors;
  };

  std::vector<std::string> names_;
  std::shared_ptr<const graph> graph_;
  std::map<std::string, simulated_node> nodes_;

 private:
  static std::string address_of(std::size_t number) {
    return "10.0.0." + std::to_string(number + 1);
  }

  template <class Handle>
  Handle keep(simulated_node& of, const Handle& which) {
    of.actors.push_back(caf::actor_cast<caf::actor>(which));
    return which;
  }

  /// Every node has the model.
  store_listing_ptr listing() const {
    auto out = std::make_shared<store_listing>();
    stored_model one;
    one.name = "simulated";
    one.identity = model_.identity;
    one.complete = true;
    out->models.push_back(std::move(one));
    return out;
  }

  model_cache_actor make_preparer(simulated_node& of, const std::string& name,
                                  const tensor_transport* transport) {
    return keep(of, f_.fake<model_cache_actor>([=, this](caf::event_based_actor*) -> caf::behavior {
      return {[=, this](prepare_atom, const prepare_request& wanted) {
        capacity_report out;
        out.node = name;
        out.gmacs = device_gmacs;
        out.memory_mb = 4000;
        out.links = read_links(*transport);
        if (wanted.wants_manifest) out.manifest = encoded_;
        return out;
      }};
    }));
  }

  model_finder_actor make_finder(simulated_node& of) {
    const auto model = std::make_shared<const opened_model>(model_);
    return keep(of, f_.fake<model_finder_actor>([=](caf::event_based_actor*) -> caf::behavior {
      return {[=](open_atom, const std::string&) { return opened_model_ptr{model}; }};
    }));
  }

  void ask_at(const simulated_request_ptr& request, const std::string& node) {
    const auto& it = nodes_.at(node);
    if (!it.running) return go_elsewhere(request, node + " is not there.");
    request->asked = node;
    ++request->tries;
    auto what = std::make_shared<infer_request>();
    what->model = "simulated";
    what->inputs = numbered_input(*graph_, request->number);
    calls_[request] = caf::actor_cast<caf::actor>(
        f_.spawn(infer_call, it.face, std::shared_ptr<const infer_request>{what},
                 [this, request, tried = request->tries](const infer_outcome& outcome) {
                   if (request->tries != tried) return;
                   calls_.erase(request);
                   if (const auto* reply = std::get_if<infer_reply>(&outcome))
                     request->answers.push_back(*reply);
                   else
                     go_elsewhere(request, sentence_of(std::get<caf::error>(outcome)));
                 }));
  }

  void go_elsewhere(const simulated_request_ptr& request, const std::string& why) {
    calls_.erase(request);
    request->trouble = why;
    const auto last = std::ranges::find(names_, request->asked) - names_.begin() + 1;
    const auto next = names_[static_cast<std::size_t>(last) % names_.size()];
    request->asked = next;
    net_.after(client_pause, [=, this] { ask_at(request, next); });
  }

  actor_fixture f_;

 public:
  simulated_network net_{f_.system};

 private:
  opened_model model_;
  byte_vector encoded_;
  std::vector<std::unique_ptr<simulated_transport>> transports_;  // of all lives
  std::map<simulated_request_ptr, caf::actor> calls_;
  float next_number_ = 1000;
};

shelf_simulation::shelf_simulation(std::size_t nodes) : inside_{std::make_unique<inside>(nodes)} {}
shelf_simulation::~shelf_simulation() = default;

const std::vector<std::string>& shelf_simulation::names() const {
  return inside_->names_;
}

simulated_network& shelf_simulation::network() {
  return inside_->net_;
}

void shelf_simulation::pass(milliseconds time) {
  inside_->pass(time);
}

bool shelf_simulation::pass_until(const std::function<bool()>& is_so, milliseconds most) {
  const auto end = now() + most;
  while (!is_so()) {
    if (now() >= end) return false;
    pass(milliseconds{100});
  }
  return true;
}

milliseconds shelf_simulation::now() const {
  return inside_->now();
}

bool shelf_simulation::runs(const std::string& name) const {
  return inside_->nodes_.at(name).running;
}

void shelf_simulation::kill(const std::string& name) {
  inside_->kill(name);
}

void shelf_simulation::start(const std::string& name) {
  inside_->start(name);
}

void shelf_simulation::change(const std::string& name, const runtime_override& what) {
  caf::anon_send(inside_->nodes_.at(name).cluster, change_atom_v, what);
  pass(milliseconds{0});
}

std::string shelf_simulation::ask_change(const std::string& name, const runtime_override& what) {
  return inside_->ask_change(name, what);
}

cluster_status shelf_simulation::status(const std::string& name) {
  return inside_->status(name);
}

replan_report shelf_simulation::replan(const std::string& name) {
  const auto asked = inside_->ask_replan(name);
  pass_until([&] { return asked->answered(); }, defaults::plan_timeout);
  return asked->reply.value_or(replan_report{});
}

simulated_request_ptr shelf_simulation::ask(const std::string& node) {
  return inside_->ask(node);
}

std::vector<std::string> shelf_simulation::planned(const std::string& node) {
  const auto asked = inside_->ask_plan(node);
  pass_until([&] { return asked->answered(); }, defaults::plan_timeout);
  return asked->reply ? names_of_workers(*asked->reply) : std::vector<std::string>{};
}

live_report shelf_simulation::live(const std::string& node) {
  return inside_->live(node);
}

std::vector<way> shelf_simulation::ways() const {
  return inside_->ways();
}

void shelf_simulation::leave_client() {
  inside_->leave_client();
}

bool shelf_simulation::agree(const std::set<std::string>& alive) {
  return inside_->agree(alive);
}

std::vector<std::string> shelf_simulation::ghosts() {
  return inside_->ghosts();
}

bool shelf_simulation::answers_rightly(const simulated_request& request) const {
  return request.answers.size() == 1 &&
         answers_input(*inside_->graph_, request.answers[0].outputs, request.number);
}

}  // namespace bramble::test
