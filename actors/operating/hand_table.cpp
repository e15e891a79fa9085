#include "actors/operating/hand_table.hpp"

#include <algorithm>
#include <set>

#include "actors/operating/named_fields.hpp"
#include "config/defaults_operating.hpp"

namespace bramble {

/// Fields of messages that are no structs.
struct hand_name {
  std::string name;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name);
  }
};
struct hand_request {
  std::uint64_t request = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(request);
  }
};
/// Of a plan_query, what its client says; the rest is for hosts.
struct hand_plan {
  std::string model;
  std::string method = "bramble";
  wire_type wire = wire_type::fp32;
  bool exact = false;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, method, wire, exact);
  }
};
struct no_fields {
  template <class Archive>
  void serialize(Archive&) {}
};
template <>
struct fields_of<hand_name> {
  static constexpr field_names<1> names{"name"};
};
template <>
struct fields_of<hand_request> {
  static constexpr field_names<1> names{"request"};
};
template <>
struct fields_of<hand_plan> {
  static constexpr field_names<4> names{"model", "method", "wire", "exact"};
};
template <>
struct fields_of<no_fields> {
  static constexpr field_names<0> names{};
};

namespace {

nlohmann::json json_of(const plan& p) {
  return {{"epoch", p.epoch},
          {"model", p.model},
          {"method", p.method},
          {"predicted_ms", p.predicted_ms},
          {"nodes", names_of_workers(p)}};
}

nlohmann::json json_of(const opened_model_ptr& found) {
  return {{"identity", found->identity},
          {"ops", found->content.model.ops.size()},
          {"inputs", found->content.model.inputs.size()},
          {"macs", total_macs(found->content.model)}};
}

template <class T>
nlohmann::json json_of(const T& value) {
  return named_json(value);
}

/// What its fields become, in what the actor takes.
const auto as_name = [](const hand_name& typed) { return typed.name; };
const auto as_request = [](const hand_request& typed) { return typed.request; };
const auto as_names = [](const node_names& typed) { return typed; };
const auto as_plan = [](const hand_plan& typed) {
  plan_query out;
  out.model = typed.model;
  out.method = typed.method;
  out.wire = typed.wire;
  out.exact = typed.exact;
  return out;
};

class table_maker {
 public:
  using entries = std::vector<std::shared_ptr<const hand_entry>>;

  /// `message` without fields, answered by Reply.
  template <class Reply, class Handle, class Atom>
  void ask(const std::string& actor, const Handle& whom, Atom message, const std::string& help) {
    if (!whom) return;
    add(offer_of(actor, message, help, false, {}),
        [=](operator_desk_pointer self, const std::vector<hand_value>&, promise to) {
          request<Reply>(self, whom, to, message);
        });
  }

  /// With the fields of Typed, all of which have to be typed that are `required`.
  template <class Reply, class Typed, class Handle, class Atom, class Convert>
  void ask_with(const std::string& actor, const Handle& whom, Atom message, const std::string& help,
                bool changes, const std::set<std::string>& required, Convert convert) {
    if (!whom) return;
    auto fields = fields_for_people<Typed>();
    for (auto& each : fields) each.required = required.contains(each.name);
    add(offer_of(actor, message, help, changes, std::move(fields)),
        [=](operator_desk_pointer self, const std::vector<hand_value>& typed, promise to) {
          request<Reply>(self, whom, to, message, convert(read_fields<Typed>(typed)));
        });
  }

  /// One that nobody answers.
  template <class Handle, class Atom>
  void tell(const std::string& actor, const Handle& whom, Atom message, const std::string& help) {
    if (!whom) return;
    add(offer_of(actor, message, help, true, {}),
        [=](operator_desk_pointer self, const std::vector<hand_value>&, promise to) {
          self->send(whom, message);
          to.deliver(hand_reply{});
        });
  }

  entries take() && { return std::move(entries_); }

 private:
  using promise = caf::typed_response_promise<hand_reply>;

  template <class Atom>
  static hand_offer offer_of(const std::string& actor, Atom message, const std::string& help,
                             bool changes, std::vector<hand_field> fields) {
    return {actor, caf::to_string(static_cast<caf::atom_value>(message)), help, changes,
            std::move(fields)};
  }

  void add(hand_offer offer, decltype(hand_entry::send) send) {
    entries_.push_back(
        std::make_shared<const hand_entry>(hand_entry{std::move(offer), std::move(send)}));
  }

  template <class Reply, class Handle, class... Args>
  static void request(operator_desk_pointer self, const Handle& whom, promise to,
                      const Args&... args) {
    self->request(whom, defaults::hand_patience, args...)
        .then(
            [=](const Reply& reply) mutable {
              to.deliver(hand_reply{json_of(reply).dump(), {}});
            },
            [=](caf::error& e) mutable { to.deliver(std::move(e)); });
  }

  entries entries_;
};

std::string described(const hand_offer& offer) {
  std::vector<std::string> out;
  out.reserve(offer.fields.size());
  for (const auto& each : offer.fields)
    out.push_back(each.name + " (" + each.type + (each.required ? ", needed)" : ")"));
  return out.empty() ? "no fields" : listed(out);
}

}  // namespace

std::vector<std::shared_ptr<const hand_entry>> hand_table(const operator_desk_config& c) {
  table_maker out;
  for (const auto& [name, whom] : c.all)
    out.ask<std::string>(name, whom, detail_atom::value, "what it is doing");
  out.ask<std::vector<load_way>>("coordinator", c.coordinator, load_atom::value,
                                 "how the shelf takes requests");
  out.ask<std::vector<model_load>>("requester", c.requester, load_atom::value,
                                   "what is asked of this host");
  out.ask<request_list>("requester", c.requester, requests_atom_v, "what is not answered yet");
  out.ask<std::vector<plan_status>>("branch_executor", c.executor, report_atom::value,
                                    "the plans that are installed");
  out.ask<double>("branch_executor", c.executor, reference_atom::value,
                  "milliseconds of a piece of the reference network, computed now");
  out.ask<double>("capacity_meter", c.meter, general_rate_atom::value, "GMAC/s of this device");
  out.ask<double>("capacity_meter", c.meter, speed_atom::value,
                  "the share of its calibration at which it runs");
  out.ask_with<node_names, node_names>("cluster", c.cluster, reach_atom_v,
                                       "which of these give no sign of life", false, {"names"},
                                       as_names);
  out.ask_with<opened_model_ptr, hand_name>(
      "model_finder", c.finder, open_atom::value,
      "the model of this name, which is fetched if it is elsewhere", false, {"name"}, as_name);
  out.ask<double>("capacity_meter", c.meter, probe_atom_v,
                  "the share of its calibration, measured now");
  out.ask_with<bool, node_names>("link_meter", c.links, probe_atom_v,
                                 "measures the links to these now", false, {"names"}, as_names);
  out.ask_with<probe_report, hand_name>(
      "remeasurer", c.remeasurer, probe_atom_v,
      "measures this node's link to the one of this name; without it, all of the node", false, {},
      as_name);
  out.tell("link_meter", c.links, asked_atom::value, "probes as it does while requests flow");
  out.ask_with<plan, hand_plan>("requester", c.requester, plan_atom_v,
                                "makes and installs the plan for such a request", true, {"model"},
                                as_plan);
  out.ask_with<bool, hand_request>("requester", c.requester, abort_atom_v, "gives a request up",
                                   true, {"request"}, as_request);
  return std::move(out).take();
}

const hand_entry& find_entry(const std::vector<std::shared_ptr<const hand_entry>>& table,
                             const std::string& actor, const std::string& message) {
  std::vector<std::string> actors, messages;
  for (const auto& each : table) {
    const auto& offer = each->offer;
    if (offer.actor == actor && offer.message == message) return *each;
    if (offer.actor == actor) messages.push_back(offer.message);
    if (std::ranges::count(actors, offer.actor) == 0) actors.push_back(offer.actor);
  }
  if (messages.empty())
    throw user_error("Nothing can be sent to an actor \"" + actor + "\" by hand; it can to " +
                     listed(actors) + ".");
  throw user_error("No message \"" + message + "\" can be sent to " + actor + " by hand; " +
                   listed(messages) + " can.");
}

void check_fields(const hand_offer& offer, const std::vector<hand_value>& typed) {
  const auto whose = "The message " + offer.message + " of " + offer.actor;
  for (const auto& each : typed) {
    if (std::ranges::count(offer.fields, each.name, &hand_field::name) == 0)
      throw user_error(whose + " has no field \"" + each.name + "\"; it has " + described(offer) +
                       ".");
    if (std::ranges::count(typed, each.name, &hand_value::name) > 1)
      throw user_error("The field " + each.name + " was typed twice.");
  }
  for (const auto& each : offer.fields)
    if (each.required && std::ranges::count(typed, each.name, &hand_value::name) == 0)
      throw user_error(whose + " needs the field " + each.name + "; it has " + described(offer) +
                       ".");
}

}  // namespace bramble
