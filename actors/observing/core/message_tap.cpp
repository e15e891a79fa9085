#include "actors/observing/core/message_tap.hpp"

#include <algorithm>
#include <utility>

#include "config/base/error.hpp"
#include "config/defaults_operating.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

double tap_ms(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double seconds_until(message_tap::time_point end, message_tap::time_point now) {
  return std::chrono::duration<double>(std::max(end - now, message_tap::time_point::duration{}))
      .count();
}

std::string sender_of(const tapped& message) {
  if (message.from_outside) return "other nodes";
  return message.sender == 0 ? "" : "#" + std::to_string(message.sender);
}

}  // namespace

bool message_tap::is_over(time_point now) const {
  return now >= until_ || noted_.size() >= what_.most ||
         now - read_at_ > defaults::tap_is_abandoned;
}

bool message_tap::wants(std::uint64_t sender, std::uint64_t receiver,
                        const message_facts& facts) const {
  const std::lock_guard lock{mutex_};
  if (what_.actor != 0 && what_.actor != sender && what_.actor != receiver) return false;
  return what_.request == 0 || what_.request == facts.request;
}

void message_tap::add(tapped message, time_point now) {
  if (message.kind == "tap") return;  // that it is read
  const std::lock_guard lock{mutex_};
  if (!on_ || is_over(now)) {
    on_ = false;
    return;
  }
  if (now - second_ >= std::chrono::seconds{1}) {
    second_ = now;
    in_it_ = 0;
  }
  if (++in_it_ > defaults::tapped_a_second) {
    ++left_out_;
    return;
  }
  noted_.push_back(std::move(message));
  if (is_over(now)) on_ = false;
}

tap_report message_tap::begin(const tap_query& query, time_point now) {
  const std::chrono::duration<double> longest = defaults::tap_lasts_most;
  if (query.most == 0 || query.most > defaults::tapped_most)
    throw user_error("A trace shows 1 to " + std::to_string(defaults::tapped_most) + " messages.");
  if (!(query.for_s > 0 && query.for_s <= longest.count()))
    throw user_error("A trace lasts up to " + format_duration(longest.count()) + ".");
  const std::lock_guard lock{mutex_};
  if (on_ && !is_over(now))
    throw user_error("Messages are traced already, for another " +
                     fixed(seconds_until(until_, now), 0) +
                     " s at most; one trace at a time is all that a node keeps.");
  what_ = query;
  until_ = now + std::chrono::duration_cast<time_point::duration>(
                     std::chrono::duration<double>{query.for_s});
  read_at_ = second_ = now;
  in_it_ = 0;
  left_out_ = 0;
  noted_.clear();
  noted_.reserve(std::min<std::size_t>(query.most, defaults::tapped_usually));
  on_ = true;
  tap_report out;
  out.tap = ++number_;
  out.runs = true;
  return out;
}

tap_report message_tap::read(const tap_query& query, time_point now, double unix_ms) {
  const std::lock_guard lock{mutex_};
  if (query.tap != number_)
    throw user_error("That trace is over, and another one was begun meanwhile.");
  read_at_ = now;
  if (query.ends || is_over(now)) on_ = false;
  tap_report out;
  out.tap = number_;
  out.runs = on_;
  out.left_out = left_out_;
  for (auto i = static_cast<std::size_t>(query.after); i < noted_.size(); ++i) {
    const auto& each = noted_[i];
    out.messages.push_back({i + 1, unix_ms - tap_ms(now - each.at), sender_of(each), each.receiver,
                            each.kind, each.facts.bytes, tap_ms(each.waited), tap_ms(each.took)});
  }
  return out;
}

}  // namespace bramble
