#pragma once

#include <string>

#include "gateway/protocol/infer_request.hpp"

namespace bramble::gateway {

/// A body, and what has to be said of it in headers.
struct encoded_answer {
  std::string body;
  std::size_t json_bytes = 0;  ///< "Inference-Header-Content-Length"; 0: it is JSON as a whole
};

/// The inference response: all outputs or those that were asked for, in the order of the request,
/// as JSON, as bytes behind it, or as classes. Floats are written so that reading them gives the
/// same bits. Throws `user_error` where an output cannot be given as it was asked for.
encoded_answer encode_inference(const model_card& card, const asked_inference& asked,
                                const infer_reply& reply);

/// "<value>:<index>[:<label>]" of the `count` highest-valued elements, the highest first and of
/// equal ones the lower index first, as the classification extension says. One row after the other
/// where the tensor is a batch. `what` begins the sentence for a tensor that has no classes.
std::vector<std::string> classes_of(const host_tensor& tensor, std::size_t count,
                                    const std::vector<std::string>& labels,
                                    const std::string& what);

}  // namespace bramble::gateway
