#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "config/base/codec.hpp"
#include "gateway/http/connection.hpp"

namespace bramble::gateway {

/// Bytes of all bodies that are in memory; more than defaults::gateway_bodies_bytes_most are not
/// taken. Any thread.
class body_budget {
 public:
  bool take(std::size_t bytes);
  void give_back(std::size_t bytes) { held_ -= bytes; }

 private:
  std::atomic<std::size_t> held_ = 0;
};

/// The body of one request, which takes its bytes of the budget as they come. Throws `refusal`.
class body_reader {
 public:
  explicit body_reader(body_budget& budget) : budget_{&budget} {}
  ~body_reader() { budget_->give_back(body_.size()); }
  body_reader(const body_reader&) = delete;
  body_reader& operator=(const body_reader&) = delete;

  /// As its headers say: "Content-Length", or "Transfer-Encoding: chunked", or neither for none.
  byte_span read(connection& from, const std::string& length, const std::string& encoding);

 private:
  void append(connection& from, std::size_t bytes);
  void read_chunks(connection& from);

  body_budget* budget_;
  byte_vector body_;
};

/// Whether a request with these headers has a body.
bool announces_body(const std::string& length, const std::string& encoding);

}  // namespace bramble::gateway
