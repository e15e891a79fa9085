#pragma once

#include <array>
#include <optional>
#include <string>

#include "config/base/recent_map.hpp"
#include "config/defaults_load.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// Which wire a host uses for requests that allow an error: it answers the first as they are, has
/// the same inputs answered with a wire that rounds as well, compares, and from then on uses the
/// quickest that kept well within the bound (`defaults::wire_error_margin`); and compares again now
/// and then. No promise for an input that was not compared.
///
/// By a model's key. Told what happens, says what to try. Pure, not thread-safe.
class wire_trials {
 public:
  wire_type choose(const std::string& model, double max_error);

  /// A request was answered by this wire, whose plan takes so long: with which should its inputs be
  /// answered again, to compare? `compared` or `not_compared` has to follow where there is one.
  std::optional<wire_type> answered(const std::string& model, wire_type by, double plan_ms);
  void compared(const std::string& model, wire_type rounding, double plan_ms, double error);
  void not_compared(const std::string& model);

  /// What was measured last; 0: nothing.
  double error_of(const std::string& model, wire_type wire) const;

 private:
  struct known_wire {
    double ms = 0;  ///< of its plan; 0: not known
    std::optional<double> error;
  };
  struct known_model {
    std::array<known_wire, 3> wires;  ///< by wire_type
    bool compares = false;
    unsigned since = 0;  ///< answers by a wire that rounds, since they were compared
  };
  recent_map<std::string, known_model> models_{defaults::streams_remembered};
};

}  // namespace bramble
