#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Messages that an operator sends to actors by hand; part of the protocol
/// (actors/protocol/messages.hpp).
namespace bramble {

/// A field of such a message.
struct hand_field {
  std::string name;
  std::string type;  ///< for people: "text", "a whole number", "fp32, fp16 or int8"
  bool required = false;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, type, required);
  }
};

/// A message that may be sent by hand.
struct hand_offer {
  std::string actor;  ///< who takes it
  std::string message;
  std::string help;      ///< a clause
  bool changes = false;  ///< something: it is to be confirmed
  std::vector<hand_field> fields;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(actor, message, help, changes, fields);
  }
};

/// "key=value" as it was typed.
struct hand_value {
  std::string name;
  std::string value;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, value);
  }
};

/// Send this; no message: which are there for that actor, and no actor: for all.
struct hand_message {
  std::string actor;
  std::string message;
  std::vector<hand_value> values;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(actor, message, values);
  }
};

struct hand_reply {
  std::string answer;              ///< of the actor, as JSON; empty: it gives none
  std::vector<hand_offer> offers;  ///< where those were asked for

  template <class Archive>
  void serialize(Archive& archive) {
    archive(answer, offers);
  }
};

}  // namespace bramble
