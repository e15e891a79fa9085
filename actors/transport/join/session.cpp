#include "actors/transport/join/session.hpp"

#include <utility>

#include "config/base/error.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

join_answer refusal_of(const std::string& why) {
  join_answer out;
  out.refused = why.substr(0, defaults::join_sentence_longest);
  return out;
}

}  // namespace

join_session::join_session(const host& owner, asio::ip::tcp::socket socket,
                           join_channel::tls_context tls, std::string source,
                           std::function<void()> ended)
    : owner_{owner},
      channel_{std::make_shared<join_channel>(std::move(socket), std::move(tls), false)},
      source_{std::move(source)},
      ended_{std::move(ended)} {}

void join_session::start() {
  channel_->start(owner_.timeout, [self = shared_from_this()](const std::string& why) {
    if (!why.empty()) return self->give_up(why);
    self->channel_->read(defaults::join_request_limit_bytes,
                         [self](const byte_vector& frame, const std::string& wrong) {
                           if (!wrong.empty()) return self->give_up(wrong);
                           self->hear(frame);
                         });
  });
}

void join_session::close() {
  channel_->close();
  if (ended_) std::exchange(ended_, nullptr)();
}

void join_session::hear(const byte_vector& frame) {
  try {
    say(answer_to(parse_join_request(frame)));
  } catch (const user_error& e) {
    tell(join_news::kind_t::stranger, e.what());
    say(refusal_of(e.what()));
  } catch (const std::exception& e) {
    give_up(e.what());
  }
}

join_answer join_session::answer_to(const join_request& request) {
  const auto wanted = request_from_der(request.request);
  if (!wanted) throw user_error("The request for a certificate in it is damaged.");
  const auto key = key_of(*wanted);
  key_ = fingerprint(*key);
  name_ = request.name;
  const auto here = channel_->binding();
  const join_attempt attempt{.source = source_,
                             .key = key_,
                             .name = request.name,
                             .insists = request.insists,
                             .proves = [&](const join_secret& secret) {
                               if (!is_proven(request, secret, here)) return false;
                               secret_ = secret;
                               return true;
                             }};
  const auto verdict = owner_.book.judge(attempt, invitation_book::time_point::clock::now());
  if (const auto* refused = std::get_if<join_refused>(&verdict)) {
    tell(join_news::kind_t::refused, refused->why);
    return refusal_of(refused->why);
  }
  auto answer = certify(std::get<join_granted>(verdict), request, *key);
  prove(answer, secret_, here);
  return answer;
}

join_answer join_session::certify(const join_granted& granted, const join_request& request,
                                  EVP_PKEY& key) {
  name_ = granted.name;
  try {
    auto out = owner_.handlers.certify({.name = granted.name,
                                        .replace = granted.replace,
                                        .remote = channel_->remote(),
                                        .local = channel_->local(),
                                        .version = request.version},
                                       key);
    out.name = granted.name;
    granted_ = granted.which;
    return out;
  } catch (const std::exception& e) {
    // A name that is taken, a full disk: the code is good for another try.
    owner_.book.give_back(granted.which, key_);
    tell(join_news::kind_t::refused, e.what());
    return refusal_of(e.what());
  }
}

void join_session::say(const join_answer& answer) {
  channel_->write(encode(answer), [self = shared_from_this()](const std::string& why) {
    if (!why.empty() || !self->granted_) return self->give_up(why);
    self->hear_thanks();
  });
}

void join_session::hear_thanks() {
  channel_->read(0, [self = shared_from_this()](const byte_vector&, const std::string& why) {
    if (!why.empty()) return self->give_up(why);
    self->owner_.book.settle(*self->granted_, self->key_);
    self->granted_.reset();
    self->tell(join_news::kind_t::joined, "");
    self->close();
  });
}

void join_session::tell(join_news::kind_t kind, const std::string& text) {
  owner_.handlers.tell({kind, printable(name_), channel_->remote(), text});
}

/// `why` may be empty: the conversation is over.
void join_session::give_up(const std::string& why) {
  if (!ended_) return;
  if (granted_)
    tell(join_news::kind_t::lost, why);
  else if (!why.empty())
    tell(join_news::kind_t::stranger, why);
  close();
}

}  // namespace bramble
