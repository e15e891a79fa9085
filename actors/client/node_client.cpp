#include "actors/client/node_client.hpp"

#include <future>
#include <thread>
#include <variant>

#include "actors/client/basp_port.hpp"
#include "actors/client/infer_call.hpp"
#include "actors/client/system.hpp"
#include "actors/transport/front/front.hpp"
#include "config/defaults.hpp"
#include "config/defaults_doctor.hpp"
#include "config/defaults_measuring.hpp"
#include "config/defaults_operating.hpp"

namespace bramble {

class node_client::connection {
 public:
  /// What was asked for has to be asked elsewhere.
  struct moved : user_error {
    moved(const std::string& sentence, endpoint where)
        : user_error{sentence}, other{std::move(where)} {}
    endpoint other;
  };

  /// The node works on it: to be asked again.
  struct later : user_error {
    using user_error::user_error;
  };

  connection(const key_info& keys, const endpoint& node) : side_{std::make_unique<caf_side>(keys)} {
    const logger_borrower borrower;
    connect(node);
    const auto mine = make_hello(keys);
    peer_ = ask<hello>(defaults::dial_timeout, hello_atom_v, mine);
    check_hello(mine, peer_);
    if (!is_certified(side_->system, node_.node(), peer_.name))
      throw user_error("The node at " + to_string(node) + " says that it is " + peer_.name +
                       ", but has no certificate of that name.");
  }

  /// The system ends on a thread of its own: CAF can wait for ever when the node goes away just as
  /// we end (it loses count of its own references), and then it is left behind.
  ~connection() {
    node_ = node_actor{};
    const auto ended = std::make_shared<std::promise<void>>();
    std::thread{[ended, side = std::move(side_)]() mutable {
      side.reset();
      ended->set_value();
    }}.detach();
    ended->get_future().wait_for(defaults::exit_timeout);
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  template <class Reply, class... Args>
  Reply ask(std::chrono::milliseconds timeout, const Args&... args) {
    using outcome = std::variant<Reply, caf::error>;
    const auto promise = std::make_shared<std::promise<outcome>>();
    // An actor for each question: CAF drops what is in flight to a node that dies without a word,
    // so somebody has to watch it; and its end tells the node that the answer has arrived.
    const logger_borrower borrower;
    side_->system.spawn([=, node = node_](caf::event_based_actor* self) {
      const auto settle = [=](outcome result) {
        promise->set_value(std::move(result));
        self->quit();
      };
      self->set_down_handler(
          [=](const caf::down_msg&) { settle(caf::make_error(caf::sec::request_receiver_down)); });
      self->monitor(node);
      self->request(node, timeout, args...)
          .then([=](Reply& reply) { settle(std::move(reply)); },
                [=](caf::error& e) { settle(std::move(e)); });
    });
    return reply_of<Reply>(promise->get_future().get());
  }

  infer_reply infer(const infer_request& request) {
    // Waited for below, so that the caller's request need not be copied.
    const std::shared_ptr<const infer_request> borrowed{std::shared_ptr<void>{}, &request};
    return reply_of<infer_reply>(begin(borrowed).outcome.get());
  }

  infer_reply infer(const std::shared_ptr<const infer_request>& request,
                    const std::function<bool()>& is_abandoned, std::chrono::milliseconds glance) {
    auto under_way = begin(request);
    while (under_way.outcome.wait_for(glance) != std::future_status::ready) {
      if (!is_abandoned()) continue;
      // Its end tells the node, which forgets the request.
      caf::anon_send_exit(under_way.asker, caf::exit_reason::user_shutdown);
      throw request_was_abandoned{"Nobody waits for the answer any more."};
    }
    return reply_of<infer_reply>(under_way.outcome.get());
  }

  const hello& peer() const { return peer_; }

 private:
  /// A thread that makes an actor system, a scoped actor or any actor keeps a reference to the
  /// system's logger from then on, and the system's end waits until nobody has one. It is for this
  /// thread to let go of it, since the system ends on another.
  struct logger_borrower {
    logger_borrower() = default;
    logger_borrower(const logger_borrower&) = delete;
    logger_borrower& operator=(const logger_borrower&) = delete;
    ~logger_borrower() { caf::logger::set_current_actor_system(nullptr); }
  };

  /// A request that is being asked, by an actor of its own.
  struct asking {
    caf::actor asker;
    std::future<infer_outcome> outcome;
  };

  asking begin(const std::shared_ptr<const infer_request>& request) {
    const auto promise = std::make_shared<std::promise<infer_outcome>>();
    const logger_borrower borrower;
    auto asker = side_->system.spawn(infer_call, node_, request, [promise](infer_outcome result) {
      promise->set_value(std::move(result));
    });
    return {std::move(asker), promise->get_future()};
  }

  template <class Reply>
  static Reply reply_of(std::variant<Reply, caf::error> result) {
    if (auto* reply = std::get_if<Reply>(&result)) return std::move(*reply);
    const auto& failed = std::get<caf::error>(result);
    if (const auto other = where_instead(failed)) throw moved{sentence_of(failed), *other};
    if (is_not_yet(failed)) throw later{sentence_of(failed)};
    if (const auto after = when_again(failed)) throw node_is_busy{sentence_of(failed), *after};
    if (failed == caf::sec::request_receiver_down)
      throw node_is_lost{"The node went away before it answered."};
    if (failed == caf::sec::request_timeout) throw node_is_lost{sentence_of(failed)};
    throw user_error(sentence_of(failed));
  }

  void connect(const endpoint& node) {
    const auto dialled = side_->door.dial_and_wait(node.host, node.port, defaults::dial_timeout);
    if (dialled.local < 0)
      throw node_is_lost(
          "No node to talk to: " + dialled.why +
          ". Start one there with `bramble node`, or name another with --node "
          "HOST[:PORT]; `bramble keys show` tells which cluster this home belongs to.");
    caf::error failed;
    caf::scoped_actor self{side_->system};
    self->request(connection_broker(side_->system), defaults::dial_timeout, caf::connect_atom_v,
                  scribe_of(side_->system, dialled.local), node.port)
        .receive(
            [&](const caf::node_id&, const caf::strong_actor_ptr& handle,
                const std::set<std::string>&) {
              if (handle) node_ = caf::actor_cast<node_actor>(handle);
            },
            [&](caf::error& e) { failed = std::move(e); });
    if (failed == caf::sec::request_timeout)
      throw user_error(to_string(node) + " did not answer in time; is it asleep, or very busy?");
    if (failed == caf::sec::incompatible_application_ids)
      throw user_error(dialled.name + " at " + to_string(node) +
                       " runs another version of Bramble; install the same version on both.");
    if (!node_)
      throw user_error(dialled.name + " at " + to_string(node) +
                       " accepted the connection and gave it up again; try again.");
  }

  struct caf_side {
    explicit caf_side(const key_info& keys)
        : description{describe(keys)},
          door{description, {}},
          config{description.identity},
          system{config} {
      check_identity(system, description.identity);
    }
    /// What is revoked as of now: a client does not run for long.
    static front_config describe(const key_info& keys) {
      front_config out{keys};
      out.revoked = std::make_shared<revocations>(keys.paths);
      return out;
    }
    front_config description;
    front door;  // outlives the system, whose connections it holds
    system_config config;
    caf::actor_system system;
  };

  std::unique_ptr<caf_side> side_;
  node_actor node_;
  hello peer_;
};

node_client::node_client(const key_info& keys, std::vector<endpoint> nodes)
    : keys_{keys}, nodes_{std::move(nodes)} {
  const std::lock_guard lock{mutex_};
  connect_to_any(0);
}
node_client::~node_client() = default;

std::string node_client::node_name() const {
  const std::lock_guard lock{mutex_};
  return node_name_;
}

void node_client::connect(const endpoint& node) {
  connection_.reset();
  connection_ = std::make_shared<connection>(keys_, node);
  node_name_ = connection_->peer().name;
}

/// Tries each once, from `first` on; what the last one said when nobody answers.
void node_client::connect_to_any(std::size_t first) {
  for (std::size_t tried = 0;; ++tried) {
    current_ = (first + tried) % nodes_.size();
    try {
      return connect(nodes_[current_]);
    } catch (const user_error&) {
      if (tried + 1 == nodes_.size()) throw;
    }
  }
}

node_client::connection_ptr node_client::here() {
  const std::lock_guard lock{mutex_};
  if (!connection_) connect_to_any(current_);
  return connection_;
}

template <class Make>
void node_client::replace(const connection_ptr& old, const Make& make) {
  const std::lock_guard lock{mutex_};
  if (connection_ == old) make();
}

template <class Question>
auto node_client::ask_anybody(const Question& question) {
  std::size_t moves = 0;
  std::size_t losses = 0;
  while (true) {
    const auto used = here();
    try {
      return question(*used);
    } catch (const connection::moved& e) {
      if (++moves > defaults::members_limit) throw;
      replace(used, [&] { connect(e.other); });
    } catch (const node_is_lost&) {
      // Nobody is asked twice: what ends one node after another is to be told, not repeated.
      if (++losses == nodes_.size()) throw;
      replace(used, [&] { connect_to_any(current_ + 1); });
    }
  }
}

cluster_status node_client::status() {
  return here()->ask<cluster_status>(defaults::gossip_timeout, status_atom_v);
}

actor_list node_client::actors() {
  return here()->ask<actor_list>(defaults::gossip_timeout, actors_atom_v);
}

model_description node_client::describe(const std::string& model) {
  return ask_anybody([&](connection& node) {
    // A model that is elsewhere is fetched first, for as long as that moves.
    while (true) {
      try {
        return node.ask<model_description>(defaults::gossip_timeout, describe_atom_v, model);
      } catch (const connection::later&) {
        continue;  // a node says so only after a while, which is the pause
      }
    }
  });
}

event_list node_client::events(const event_query& which) {
  return here()->ask<event_list>(defaults::gossip_timeout, events_atom_v, which);
}

request_list node_client::requests() {
  return here()->ask<request_list>(defaults::gossip_timeout, requests_atom_v);
}

log_list node_client::log(const log_query& which) {
  return here()->ask<log_list>(defaults::gossip_timeout, log_atom_v, which);
}

plan node_client::make_plan(const plan_query& query) {
  return here()->ask<plan>(defaults::plan_timeout, plan_atom_v, query);
}

capacity_report node_client::prepare(const prepare_request& request) {
  return here()->ask<capacity_report>(defaults::prepare_timeout, prepare_atom_v, request);
}

live_report node_client::live() {
  return here()->ask<live_report>(defaults::gossip_timeout, live_atom_v);
}

replan_report node_client::replan(const std::string& model) {
  return here()->ask<replan_report>(defaults::plan_timeout, replan_atom_v, model);
}

tap_report node_client::tap(const tap_query& query) {
  return here()->ask<tap_report>(defaults::gossip_timeout, tap_atom_v, query);
}

hand_reply node_client::send_by_hand(const hand_message& what) {
  // Some have something measured first.
  return here()->ask<hand_reply>(defaults::hand_patience, hand_atom_v, what);
}

run_trace node_client::trace(const trace_query& query) {
  return here()->ask<run_trace>(defaults::gossip_timeout, trace_atom_v, query);
}

double node_client::read_clock() {
  return here()->ask<clock_reading>(defaults::gossip_timeout, clock_atom_v).ms;
}

probe_report node_client::probe() {
  // Its peers have that long, and so has it to hear of them.
  return here()->ask<probe_report>(2 * defaults::remeasure_timeout, probe_atom_v, std::string{});
}

examination node_client::examine() {
  return here()->ask<examination>(defaults::examination_timeout, examine_atom_v, std::string{});
}

std::string node_client::change(const runtime_override& what) {
  return here()->ask<std::string>(defaults::gossip_timeout, change_atom_v, what);
}

infer_reply node_client::infer(const infer_request& request) {
  // A request is a pure function: it may be asked again of every node there is.
  return ask_anybody([&](connection& node) { return node.infer(request); });
}

infer_reply node_client::infer(const std::shared_ptr<const infer_request>& request,
                               const std::function<bool()>& is_abandoned,
                               std::chrono::milliseconds glance) {
  return ask_anybody([&](connection& node) { return node.infer(request, is_abandoned, glance); });
}

}  // namespace bramble
