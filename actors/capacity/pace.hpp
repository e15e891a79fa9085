#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/base/error.hpp"

namespace bramble {

/// A device as it is emulated with one model.
struct paced_device {
  double slowdown = 1;  ///< of every piece
  double gmacs = 0;     ///< of the model on it
};

/// `model_gmacs`: what the model reaches here by nature; `device_gmacs`: what convolutions do,
/// asked for where the model does not say how fast the device is. A model that hardly multiplies
/// runs at no such rate as `pace` on any device: its pace is that of a device which runs
/// convolutions at it. Throws `user_error` where this device is slower than the pace already: it
/// would be an emulation of nothing.
inline paced_device paced(double model_gmacs, const std::function<double()>& device_gmacs,
                          std::optional<double> pace) {
  if (model_gmacs > 0 && !pace) return {1, model_gmacs};
  if (model_gmacs > 0 && model_gmacs >= *pace) return {model_gmacs / *pace, *pace};
  const auto device = device_gmacs();
  if (pace && device < *pace)
    throw user_error("This machine reaches " + std::to_string(device) + " GMAC/s; a pace of " +
                     std::to_string(*pace) +
                     " cannot be emulated: start the node with a smaller --pace.");
  const auto slowdown = pace ? device / *pace : 1;
  return {slowdown, (model_gmacs > 0 ? model_gmacs : device) / slowdown};
}

}  // namespace bramble
