#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The last lines of a node's log; part of the protocol (actors/protocol/messages.hpp).
namespace bramble {

struct log_line {
  std::uint64_t number = 0;  ///< in this life of the node
  std::uint64_t at_ms = 0;   ///< since 1970
  std::uint8_t level = 0;    ///< 0 trace, 1 debug, 2 info, 3 warning, 4 error, 5 critical
  std::string text;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(number, at_ms, level, text);
  }
};

struct log_query {
  std::uint64_t after = 0;  ///< only such with a greater number
  std::uint8_t least = 0;   ///< and at least this level

  template <class Archive>
  void serialize(Archive& archive) {
    archive(after, least);
  }
};

struct log_list {
  std::string node;
  std::vector<log_line> lines;  ///< oldest first
  std::uint64_t last = 0;       ///< number of the newest line, of whatever level

  template <class Archive>
  void serialize(Archive& archive) {
    archive(node, lines, last);
  }
};

}  // namespace bramble
