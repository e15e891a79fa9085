#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble::gateway {

/// The elements of a tensor as JSON has them, eight bytes each: whole numbers exactly, as long as
/// there are only such. Which type they are to have may stand behind them.
class number_list {
 public:
  void add(std::int64_t whole);
  void add(double real);
  void add(bool truth);

  std::size_t size() const { return is_real_ ? real_.size() : whole_.size(); }

  /// The elements as they lie in memory. Throws `user_error`, beginning with `what`, where one of
  /// them is no value of that type; FP16 has no form in JSON.
  byte_vector as(element_type type, const std::string& what) const;

 private:
  void become_real();

  std::vector<std::int64_t> whole_;
  std::vector<double> real_;  ///< of all, once one was no whole number
  bool is_real_ = false;
  bool has_truths_ = false;
  bool has_numbers_ = false;
};

/// Numbers as JSON has them, between commas: the shortest text that gives the same bits again.
/// Throws `user_error`, beginning with `what`, for values that JSON cannot hold (infinite, none),
/// and for FP16.
void append_numbers(std::string& out, element_type type, byte_span elements,
                    const std::string& what);

}  // namespace bramble::gateway
