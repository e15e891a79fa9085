#include "actors/transport/join/client.hpp"

#include <asio/io_context.hpp>
#include <functional>
#include <optional>
#include <utility>

#include "actors/transport/data_plane/race.hpp"
#include "actors/transport/data_plane/resolve.hpp"
#include "actors/transport/join/channel.hpp"
#include "actors/transport/join/tls.hpp"
#include "config/base/files.hpp"
#include "config/certificates.hpp"
#include "config/keys.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

using tcp = asio::ip::tcp;

/// Each step is begun, and then the loop runs until it is done or the time is over.
class joining {
 public:
  joining(const join_call& call, EVP_PKEY& key)
      : call_{call}, key_{key}, until_{std::chrono::steady_clock::now() + call.timeout} {
    whom_.authority = call.code.authority;
  }

  join_result ask() {
    connect();
    begin_tls();
    const auto here = channel_->binding();
    join_request request{.version = call_.version,
                         .name = call_.name,
                         .insists = call_.insists,
                         .request = make_certificate_request(key_, call_.name),
                         .proof = {}};
    prove(request, call_.code.secret, here);
    write(encode(request));
    const auto answer = parse_join_answer(read());
    if (!answer.refused.empty()) throw user_error(answer.refused);
    if (!is_proven(answer, call_.code.secret, here))
      throw user_error(
          "The node at " + channel_->remote() +
          " does not know the code's secret, though it is of that cluster: what it gave "
          "is not used. Type `bramble invite` for another code.");
    check_authority(answer.authority);
    return {answer.name, answer.certificate, answer.authority, answer.peers};
  }

  void thank() { write({}); }

 private:
  template <class Begin>
  void step(Begin begin) {
    bool done = false;
    begin(done);
    io_.restart();
    while (!done && io_.run_one_until(until_) != 0) {
    }
    if (!done) throw nobody_invites(where() + " did not answer in time" + remedy());
  }

  void connect() {
    std::vector<tcp::endpoint> places;
    std::string unknown;
    transport::resolver names{io_};
    for (const auto& host : call_.code.hosts) {
      step([&](bool& done) {
        names.resolve(host, call_.code.port, [&](auto found, const auto& error) {
          places.insert(places.end(), found.begin(), found.end());
          if (found.empty()) unknown = error;
          done = true;
        });
      });
    }
    if (places.empty())
      throw nobody_invites(where() + " cannot be found: " + unknown +
                           "; type `bramble invite --host ADDRESS` there, with an address of its.");
    std::string why;
    step([&](bool& done) {
      race_ =
          std::make_shared<transport::race>(io_, places, [&](tcp::socket winner, const auto& e) {
            why = e;
            if (e.empty()) socket_.emplace(std::move(winner));
            done = true;
          });
      race_->start();
    });
    if (!socket_)
      throw nobody_invites("Nobody invites at " + where() + " (" + why + ")" + remedy());
  }

  void begin_tls() {
    channel_ = std::make_shared<join_channel>(std::move(*socket_), make_joining_tls(whom_), true);
    std::string wrong;
    step([&](bool& done) {
      channel_->start(call_.timeout, [&](const std::string& why) {
        wrong = why;
        done = true;
      });
    });
    if (wrong.empty()) return;
    if (whom_.is_clock) throw clock_error(whom_.trouble);
    if (!whom_.trouble.empty()) throw nobody_invites(whom_.trouble);
    throw nobody_invites(
        "What answers at " + channel_->remote() + " " + wrong +
        ": it is no node that invites, or it is busy; compare the code and try again.");
  }

  void write(const byte_vector& frame) {
    std::string wrong;
    step([&](bool& done) {
      channel_->write(frame, [&](const std::string& why) {
        wrong = why;
        done = true;
      });
    });
    if (!wrong.empty()) throw lost(wrong);
  }

  byte_vector read() {
    byte_vector out;
    std::string wrong;
    step([&](bool& done) {
      channel_->read(defaults::join_answer_limit_bytes,
                     [&](byte_vector frame, const std::string& why) {
                       out = std::move(frame);
                       wrong = why;
                       done = true;
                     });
    });
    if (!wrong.empty()) throw lost(wrong);
    return out;
  }

  /// It has proven that it knows the secret; what it gives has to be of the code's cluster as well.
  void check_authority(const std::string& pem) const {
    const auto given = certificate_from_pem(as_bytes(pem));
    if (!given || short_fingerprint(fingerprint(*given)) != call_.code.authority)
      throw user_error(
          "The node at " + channel_->remote() +
          " gave a certificate of another authority than the code says; it is not used.");
  }

  user_error lost(const std::string& why) const {
    return user_error("The inviting node at " + channel_->remote() + " " + why +
                      " before it had answered; try the same code again.");
  }

  std::string where() const {
    std::string out;
    for (const auto& host : call_.code.hosts)
      out += (out.empty() ? "" : " or ") + to_string(endpoint{host, call_.code.port});
    return out;
  }

  static std::string remedy() {
    return "; the invitation was used, has ended or was withdrawn, or a firewall is in between: "
           "type "
           "`bramble invite` there for another code.";
  }

  const join_call& call_;
  EVP_PKEY& key_;
  const std::chrono::steady_clock::time_point until_;
  inviting_side whom_;
  asio::io_context io_{1};
  std::shared_ptr<transport::race> race_;
  std::optional<tcp::socket> socket_;
  std::shared_ptr<join_channel> channel_;
};

}  // namespace

void join_shelf(const join_call& call, EVP_PKEY& key,
                const std::function<void(const join_result&)>& keep) {
  joining conversation{call, key};
  keep(conversation.ask());
  conversation.thank();
}

}  // namespace bramble
