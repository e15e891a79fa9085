#pragma once

#include <memory>
#include <vector>

#include "balancer/devices/device.hpp"
#include "model/plan/program.hpp"

namespace bramble {

/// A model on an emulated device. Immutable.
struct emulated_model {
  std::shared_ptr<const graph> model;
  device_description device;
};
using emulated_model_ptr = std::shared_ptr<const emulated_model>;

/// How long a model's pieces take: `slowdown` times the CPU time that they take here, or as long as
/// on `device`, where one is emulated by its description.
struct model_pace {
  double slowdown = 1;
  emulated_model_ptr device;
  std::uint64_t kernels = 0;  ///< that are chosen for them (`kernels_of` a table)
};

/// What messages take of an emulated device's computing.
struct message_time {
  double handling_ms = 0;
  double encryption_ms = 0;

  double ms() const { return handling_ms + encryption_ms; }
  message_time& operator+=(const message_time& more) {
    handling_ms += more.handling_ms;
    encryption_ms += more.encryption_ms;
    return *this;
  }
};

/// How long what one plan asks for takes on that device, in milliseconds. Immutable.
class emulated_plan {
 public:
  /// `p` must fit the model.
  emulated_plan(emulated_model_ptr on, const plan& p);

  double piece_ms(op_id op, const region& out) const;
  /// What a transfer takes, by its number in the plan's program.
  message_time sent(std::uint32_t transfer) const;
  message_time received(std::uint32_t transfer) const;

 private:
  message_time divided(double ms, const transfer& t) const;

  emulated_model_ptr on_;
  message_costs costs_;
  double cipher_ms_per_mb_;
  wire_type wire_;
  std::vector<transfer> transfers_;
};

}  // namespace bramble
