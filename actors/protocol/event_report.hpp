#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// What happened to a shelf, as its nodes noted it; part of the protocol
/// (actors/protocol/messages.hpp).
namespace bramble {

/// "joined", "left", "failed", "plan", "review", "link", "device", "request", "certificate",
/// "warning", "change": what an event is of. A "review" kept the plan in use; such are many, so
/// they are shown when asked for, and not kept on disk.
inline const std::vector<std::string>& event_kinds() {
  static const std::vector<std::string> kinds{"joined",      "left",    "failed", "plan",
                                              "review",      "link",    "device", "request",
                                              "certificate", "warning", "change"};
  return kinds;
}

struct shelf_event {
  std::uint64_t number = 0;  ///< of its node, growing over all lives of that
  std::uint64_t at_ms = 0;   ///< since 1970, by that node's clock
  std::string node;          ///< that noted it
  std::string kind;          ///< see `event_kinds`
  std::string about;         ///< the model or node; may be empty
  std::string text;          ///< for people, without its full stop

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number, at_ms, node, kind, about, text);
  }
};

/// Takes note of an event: its kind, what it is about, and a text. Any thread; waits for nothing.
using event_teller =
    std::function<void(const std::string& kind, const std::string& about, const std::string& text)>;

/// To nobody where there is none.
inline void tell(const event_teller& to, const std::string& kind, const std::string& about,
                 const std::string& text) {
  if (to) to(kind, about, text);
}

/// Which of a node's events?
struct event_query {
  std::uint64_t after = 0;     ///< only such with a greater number
  std::uint64_t since_ms = 0;  ///< and not from before
  std::string kind;            ///< empty: all but "review"

  template <class Archive>
  void serialize(Archive& archive) {
    archive(after, since_ms, kind);
  }
};

struct event_list {
  std::string node;
  std::vector<shelf_event> events;  ///< oldest first
  std::uint64_t last = 0;           ///< number of the newest that there is, of whatever kind

  template <class Archive>
  void serialize(Archive& archive) {
    archive(node, events, last);
  }
};

}  // namespace bramble
