#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// A trace of the messages of a node's actors; part of the protocol (actors/protocol/messages.hpp).
namespace bramble {

/// Begins a trace, or reads the one that was begun. A node has one at a time, which ends by itself:
/// after so many messages or so long, and when nobody reads it any more.
struct tap_query {
  std::uint64_t tap = 0;    ///< of the answer that began it; 0: begin one
  std::uint64_t after = 0;  ///< only messages with a greater number
  bool ends = false;        ///< it is over: nothing more is noted
  // Of one that begins:
  std::uint64_t actor = 0;    ///< messages to and from this one; 0: of all
  std::uint64_t request = 0;  ///< about the run of this number; 0: whatever they are about
  std::uint32_t most = 0;     ///< messages in all
  double for_s = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(tap, after, ends, actor, request, most, for_s);
  }
};

/// One that an actor has handled.
struct tapped_message {
  std::uint64_t number = 0;  ///< in its trace
  double at_ms = 0;          ///< when it was taken up, since 1970 by its node's clock
  std::string sender;        ///< "other nodes", "nobody", or an actor's name
  std::string receiver;
  std::string kind;         ///< as in `message_figures`
  std::uint64_t bytes = 0;  ///< of tensors or files in it; 0: none
  double waited_ms = 0;     ///< in the mailbox
  double took_ms = 0;       ///< in the handler

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number, at_ms, sender, receiver, kind, bytes, waited_ms, took_ms);
  }
};

struct tap_report {
  std::string node;
  std::uint64_t tap = 0;
  bool runs = false;                     ///< more may come
  std::uint64_t left_out = 0;            ///< there were too many at once
  std::vector<tapped_message> messages;  ///< in the order in which they were done

  template <class Archive>
  void serialize(Archive& archive) {
    archive(node, tap, runs, left_out, messages);
  }
};

}  // namespace bramble
