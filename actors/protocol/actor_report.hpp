#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What a node tells of its actors; part of the protocol (actors/protocol/messages.hpp). The
/// console, `status` and whatever else shows actors read these and no others.
namespace bramble {

/// Of the last minute: 50 and 99 of a hundred took at most so long (to within a tenth), and the
/// longest. All 0 where there was none.
struct time_figures {
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(p50_ms, p99_ms, max_ms);
  }
};

/// Messages of one kind that an actor has handled since it began.
struct message_figures {
  std::string kind;  ///< its atom, else its first type; "answer infer_reply" for an answer
  std::uint64_t count = 0;
  double total_ms = 0;
  double max_ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, count, total_ms, max_ms);
  }
};

/// Who sent an actor messages, and how many.
struct talker {
  std::string name;
  std::uint64_t count = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, count);
  }
};

struct actor_info {
  std::string name;
  std::string detail = {};   ///< what it says of itself; "busy" where it did not answer in time
  std::uint64_t id = 0;      ///< of this actor in this life of the node
  std::uint64_t parent = 0;  ///< id of the one that made it; 0: the node did
  bool own_thread = false;   ///< else it shares the node's few threads, and must not wait
  std::string ended = {};    ///< why; empty: it has not. Such are shown for a minute
  double age_s = 0;
  std::uint64_t mailbox = 0;      ///< messages that wait
  std::uint64_t handled = 0;      ///< since it began
  std::uint64_t last_minute = 0;  ///< of them in the last minute
  std::uint64_t errors = 0;       ///< questions that it answered with an error
  std::uint64_t refused = 0;      ///< answers to its own questions that were errors
  std::uint64_t restarts = 0;
  time_figures wait = {};    ///< in the mailbox
  time_figures work = {};    ///< in the handler
  std::string current = {};  ///< kind of the message that it works on; empty: it waits
  double current_ms = 0;     ///< since when
  double deadline_ms = 0;    ///< what a message may take before the actor counts as stuck
  bool grows = false;        ///< its mailbox, for `defaults::mailbox_growth` at least
  std::vector<message_figures> kinds = {};  ///< most first
  std::vector<talker> talkers = {};         ///< likewise

  bool is_stuck() const { return !current.empty() && current_ms > deadline_ms; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, detail, id, parent, own_thread, ended, age_s, mailbox, handled, last_minute,
            errors, refused, restarts, wait, work, current, current_ms, deadline_ms, grows, kinds,
            talkers);
  }
};

struct actor_list {
  std::string node;
  std::vector<actor_info> actors;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(node, actors);
  }
};

}  // namespace bramble
