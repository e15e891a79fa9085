#include "console/guest_log.hpp"

#include <cstdio>
#include <utility>

#include "config/base/wall_clock.hpp"
#include "console/local_time.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

void to_log(const std::string& text) {
  show_progress("");
  std::fprintf(stderr, "%s %s\n", local_time(milliseconds_since_1970()).c_str(), text.c_str());
}

}  // namespace

void news_box::put(const join_news& news) {
  const std::lock_guard lock{mutex_};
  // Strangers can make it as long as they like; who has joined is told in any case.
  const bool full = waiting_.size() >= defaults::join_refusals_told;
  if (!full || news.kind == join_news::kind_t::joined) waiting_.push_back(news);
}

std::deque<join_news> news_box::take() {
  const std::lock_guard lock{mutex_};
  return std::exchange(waiting_, {});
}

bool guest_log::tell(const join_news& news) {
  switch (news.kind) {
    case join_news::kind_t::joined:
      to_log(news.name + " at " + news.remote + " has its keys now");
      return true;
    case join_news::kind_t::lost:
      to_log(news.name + " at " + news.remote +
             " went before it said that its keys arrived; it may use the same code again");
      return false;
    case join_news::kind_t::refused:
    case join_news::kind_t::stranger:
      refused(news);
  }
  return false;
}

void guest_log::refused(const join_news& news) {
  ++refusals_;
  const bool full = !told_.contains(news.remote) && told_.size() >= defaults::join_refusals_told;
  if (full || refusals_ > defaults::join_refusals_told ||
      ++told_[news.remote] > defaults::join_refusals_told_of_one)
    return;
  const auto who = news.name.empty() ? news.remote : news.remote + " (" + news.name + ")";
  to_log(news.kind == join_news::kind_t::refused ? "refused " + who + ": " + news.text
                                                 : who + " " + news.text);
}

}  // namespace bramble
