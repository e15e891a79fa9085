#pragma once

#include <atomic>
#include <functional>

#include "gateway/access/tokens.hpp"
#include "gateway/http/call.hpp"
#include "gateway/protocol/refusal.hpp"
#include "gateway/protocol/route.hpp"
#include "gateway/shelf/shelf_door.hpp"
#include "gateway/shelf/shelf_watch.hpp"
#include "gateway/view/gateway_metrics.hpp"

namespace bramble::gateway {

/// So many at once; others are told to try again. Any thread.
class turnstile {
 public:
  explicit turnstile(std::size_t most) : most_{most} {}

  /// One of them, while it lives.
  class pass {
   public:
    explicit pass(turnstile& of) : of_{&of} {}
    pass(pass&& other) noexcept : of_{std::exchange(other.of_, nullptr)} {}
    pass& operator=(pass&&) = delete;
    ~pass() {
      if (of_ != nullptr) --of_->inside_;
    }

   private:
    turnstile* of_;
  };

  /// Throws `refusal` (429) with `sentence` where all are taken.
  pass enter(const std::string& sentence);
  std::size_t inside() const { return inside_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> inside_ = 0;
};

/// What all who answer share. Outlives them.
struct api_parts {
  shelf_door& door;
  shelf_watch& watch;
  gateway_metrics& metrics;
  turnstile& inferences;
  turnstile& followers;
};

// Each answers calls of one kind; throws `refusal`, or `user_error` for a bad request.

/// Health, metadata, inference and the repository of the Open Inference Protocol.
http_answer answer_protocol(const api_parts& parts, http_call& call, const route& to);

/// Photos and tensor files in; classes, tensors or a picture out.
http_answer answer_photo(const api_parts& parts, http_call& call, const route& to);

/// The shelf as the page shows it, live, and what may be changed of it.
http_answer answer_shelf(const api_parts& parts, http_call& call, const route& to);

/// One inference, measured, by a request whose inputs fit the card: see shelf_door. `card` is of
/// what answered, which may be another model by then.
infer_reply infer_measured(const api_parts& parts, http_call& call, model_card& card,
                           infer_request request);

/// The card of the model that a path names: 404 where there is none, or no such version.
model_card card_for(const api_parts& parts, const route& to);

}  // namespace bramble::gateway
