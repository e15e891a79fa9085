#include "actors/observing/core/journal.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "config/defaults_observing.hpp"

namespace bramble {
namespace {

std::filesystem::path older(const std::filesystem::path& file) {
  return file.string() + ".1";
}

std::string line_of(const shelf_event& event) {
  const nlohmann::json out{{"number", event.number},
                           {"at_ms", event.at_ms},
                           {"kind", event.kind},
                           {"about", event.about},
                           {"text", event.text}};
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

journal::journal(std::string node, std::filesystem::path file, clock now)
    : node_{std::move(node)}, file_{std::move(file)}, now_{std::move(now)} {
  if (file_.empty()) return;
  read(older(file_));
  read(file_);
  if (damaged_ > 0)
    note("warning", node_,
         std::to_string(damaged_) + " lines of " + file_.string() +
             " could not be read and are left out");
  thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

journal::~journal() = default;

/// Before the thread begins.
void journal::read(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  // Never written so large by us.
  if (!error && size > 2 * defaults::journal_file_bytes) ++damaged_;
  if (error || size > 2 * defaults::journal_file_bytes) return;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    try {
      const auto json = nlohmann::json::parse(line);
      shelf_event event{json.at("number"), json.at("at_ms"), node_,
                        json.at("kind"),   json.at("about"), json.at("text")};
      last_ = std::max(last_, event.number);
      events_.push_back(std::move(event));
      if (events_.size() > defaults::journal_events) events_.pop_front();
    } catch (const nlohmann::json::exception&) {
      ++damaged_;
    }
  }
}

void journal::note(const std::string& kind, const std::string& about, const std::string& text) {
  const std::lock_guard lock{mutex_};
  const bool is_review = kind == "review";
  shelf_event event{++last_, now_(), node_, kind, about, text.substr(0, defaults::event_text_most)};
  if (!is_review && !file_.empty()) unwritten_ += line_of(event);
  auto& kept = is_review ? reviews_ : events_;
  kept.push_back(std::move(event));
  if (kept.size() > (is_review ? defaults::journal_reviews : defaults::journal_events))
    kept.pop_front();
  changed_.notify_all();
}

event_list journal::events(const event_query& which) const {
  const std::lock_guard lock{mutex_};
  event_list out;
  out.node = node_;
  out.last = last_;
  for (const auto& each : which.kind == "review" ? reviews_ : events_)
    if (each.number > which.after && each.at_ms >= which.since_ms &&
        (which.kind.empty() || which.kind == each.kind))
      out.events.push_back(each);
  return out;
}

void journal::flush() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return unwritten_.empty() && !writing_; });
}

void journal::run(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, stop, [&] { return !unwritten_.empty(); });
    if (unwritten_.empty()) return;  // the end, and nothing is left
    const auto lines = std::exchange(unwritten_, {});
    writing_ = true;
    lock.unlock();
    write(lines);
    lock.lock();
    writing_ = false;
    changed_.notify_all();
  }
}

/// A crash may cost the last lines; a power cut those that the system had not written yet.
void journal::write(const std::string& lines) {
  std::error_code error;
  if (std::filesystem::file_size(file_, error) + lines.size() > defaults::journal_file_bytes &&
      !error)
    std::filesystem::rename(file_, older(file_), error);
  std::ofstream out{file_, std::ios::app | std::ios::binary};
  out << lines;
  out.flush();
  if (!out && !std::exchange(complained_, true))
    spdlog::warn("{} cannot be written: what happens is remembered until this node ends only",
                 file_.string());
  if (out) complained_ = false;
}

}  // namespace bramble
