#include "actors/doctor/examiner.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>
#include <utility>

#include "actors/doctor/core/check_shelf.hpp"
#include "actors/internal/ask_all.hpp"
#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "config/defaults_doctor.hpp"
#include "config/doctor/check_machine.hpp"
#include "config/doctor/read_machine.hpp"
#include "config/keys.hpp"
#include "config/version.hpp"
#include "discovery/address_watch.hpp"
#include "discovery/doctor/check_network.hpp"
#include "discovery/doctor/look_at_peers.hpp"
#include "discovery/doctor/read_network.hpp"

namespace bramble {
namespace {

using examiner_pointer = examiner_actor::stateful_pointer<examiner_state>;

constexpr std::size_t build_digits = 12;

#if defined(__aarch64__)
constexpr const char* architecture = "arm64";
#elif defined(__x86_64__)
constexpr const char* architecture = "amd64";
#else
constexpr const char* architecture = "another processor";
#endif

std::int64_t seconds_since_1970(wall_time when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

/// A peer may say anything: what is not within the years 1970 to 9999 is not believed.
std::int64_t plausible(std::int64_t seconds) {
  constexpr std::int64_t last = 253'402'300'799;
  return std::clamp<std::int64_t>(seconds, 0, last);
}

/// One examination under way; it goes out with the last answer.
struct checkup {
  machine_facts machine;
  examination self;
  network_facts network;
  shelf_facts shelf;
  std::map<std::string, examination> peers;
  std::map<std::string, std::string> silent;  ///< and why
  caf::typed_response_promise<examination> promise;
};
using checkup_ptr = std::shared_ptr<checkup>;

/// The facts of a node that peers compare.
examination identify(examiner_state& state, const machine_facts& machine) {
  examination out;
  out.node = state.config.self;
  out.version = version;
  out.platform = std::string{architecture} + ", " + machine.system;
  try {
    if (state.build.empty())
      state.build = sha256_hex_of_file("/proc/self/exe").substr(0, build_digits);
    out.build = state.build;
    out.certificate_until_s = seconds_since_1970(load_keys(state.config.keys).expiry);
  } catch (const user_error& e) {
    spdlog::warn("an examination lacks what cannot be read: {}", e.what());
  }
  out.clock_s = seconds_since_1970(std::chrono::system_clock::now());
  return out;
}

std::vector<peer_place> places_of_peers(const cluster_status& status) {
  const auto interfaces = look_at_addresses().interfaces;
  std::vector<peer_place> out;
  for (const auto& node : status.nodes) {
    if (node.state != "alive" || node.name == status.self) continue;
    endpoint best{"", defaults::control_port};
    try {
      best = parse_endpoint(node.address, defaults::control_port, node.name);
    } catch (const user_error&) {
      // It has no network just now, or only dials.
    }
    out.push_back({node.name, places_to_try(node.addresses, best.host, interfaces), best.port,
                   node.data_port});
  }
  return out;
}

/// What this node's reports say of its link to a peer.
void add_link(peer_facts& peer, const cluster_status& status) {
  for (const auto& node : status.nodes)
    if (node.name == status.self)
      for (const auto& link : node.report.links)
        if (link.to == peer.name) {
          peer.has_data = true;
          peer.mbit = link.mbit;
          peer.rtt_ms = link.rtt_ms;
        }
}

peer_facts look_at_peer(const std::string& self, const peer_place& where,
                        const std::vector<card_facts>& cards) {
  peer_facts out;
  out.name = where.name;
  out.control_port = where.control_port;
  out.data_port = where.data_port;
  out.out = look_at(self, where, cards);
  for (const auto& card : cards)
    if (card.name == out.out.card) out.packets = try_packets(out.out.host, card.mtu);
  return out;
}

/// All at once, each on a thread: the longest wait counts.
void look_at_network(checkup& it, const examiner_config& config) {
  auto& facts = it.network;
  facts.self = config.self;
  facts.control_port = config.control_port;
  facts.data_port = config.data_port;
  facts.cards = read_cards(config.root);
  read_segments(facts, config.root);
  const auto places = places_of_peers(it.shelf.status);
  std::future<mdns_facts> heard;
  if (config.hear) {
    std::vector<std::string> names;
    names.reserve(places.size());
    for (const auto& where : places) names.push_back(where.name);
    heard = std::async(std::launch::async, config.hear, std::move(names));
  }
  std::vector<std::future<peer_facts>> looks;
  looks.reserve(places.size());
  facts.peers.reserve(places.size());
  for (const auto& where : places)
    looks.push_back(std::async(std::launch::async, [&facts, where, self = config.self] {
      return look_at_peer(self, where, facts.cards);
    }));
  for (auto& look : looks) {
    facts.peers.push_back(look.get());
    add_link(facts.peers.back(), it.shelf.status);
  }
  if (heard.valid()) facts.mdns = heard.get();
}

void take_answers(checkup& it, const directory_ptr& peers) {
  it.shelf.nodes = {it.self};
  for (auto& peer : it.network.peers) {
    peer.has_control = link_to(peers, peer.name) != nullptr;
    const auto answer = it.peers.find(peer.name);
    if (answer == it.peers.end()) {
      const auto why = it.silent.find(peer.name);
      peer.silence = why == it.silent.end() ? "there is no link to it" : why->second;
      continue;
    }
    it.shelf.nodes.push_back(answer->second);
    for (const auto& route : answer->second.routes)
      if (route.to == it.self.node) {
        peer.in = route;
        peer.in->from = peer.name;
      }
  }
}

void finish(examiner_pointer self, checkup& it) {
  auto& state = self->state;
  take_answers(it, state.peers);
  auto& findings = it.self.findings;
  findings = check_machine(it.machine);
  append(findings, check_network(it.network));
  append(findings, check_shelf(it.shelf));
  ++state.done;
  it.promise.deliver(it.self);
}

/// Peers are asked first: they look while this node does.
void examine(examiner_pointer self, const checkup_ptr& it) {
  const auto open = std::make_shared<open_answers>([=] { finish(self, *it); });
  ask_one<live_report>(
      self, open, self->state.config.requester, defaults::detail_timeout,
      [=](const live_report& live) { it->shelf.live = live; },
      [](const caf::error& e) { spdlog::warn("plans are not examined: {}", sentence_of(e)); },
      live_atom_v);
  if (self->state.peers)
    for (const auto& [name, link] : self->state.peers->links)
      ask_one<examination>(
          self, open, link, defaults::peers_answer_within,
          [=, who = name](const examination& answer) {
            auto& peer = it->peers.emplace(who, answer).first->second;
            peer.node = who;
            peer.certificate_until_s = plausible(answer.certificate_until_s);
            peer.clock_s = plausible(answer.clock_s);
            it->shelf.clocks.emplace(
                who, std::chrono::seconds{peer.clock_s -
                                          seconds_since_1970(std::chrono::system_clock::now())});
          },
          [=, who = name](const caf::error& e) { it->silent.emplace(who, sentence_of(e)); },
          examine_atom_v, self->state.config.self);
  look_at_network(*it, self->state.config);
}

/// The routes to one peer, or everything.
caf::result<examination> answer(examiner_pointer self, const std::string& towards) {
  auto it = std::make_shared<checkup>();
  it->promise = self->make_response_promise<examination>();
  self->request(self->state.cluster, defaults::gossip_timeout, status_atom_v)
      .then(
          [=](const cluster_status& status) {
            const auto& config = self->state.config;
            it->machine = read_machine(config.models, config.root);
            it->self = identify(self->state, it->machine);
            it->shelf.status = status;
            if (towards.empty()) return examine(self, it);
            const auto cards = read_cards(config.root);
            auto& out = it->self;
            for (const auto& where : places_of_peers(status))
              if (where.name == towards) out.routes.push_back(look_at(config.self, where, cards));
            out.clock_s = seconds_since_1970(std::chrono::system_clock::now());
            it->promise.deliver(out);
          },
          [=](caf::error& e) { it->promise.deliver(std::move(e)); });
  return it->promise;
}

}  // namespace

examiner_actor::behavior_type examiner(examiner_pointer self, examiner_config config) {
  self->state.config = std::move(config);
  return {
      [=](examine_atom, const std::string& towards) { return answer(self, towards); },
      [=](const directory_ptr& peers) { self->state.peers = peers; },
      [=](report_to_atom, const status_teller& cluster) { self->state.cluster = cluster; },
      [=](detail_atom) -> std::string {
        return std::to_string(self->state.done) + " times this node was examined";
      },
  };
}

}  // namespace bramble
