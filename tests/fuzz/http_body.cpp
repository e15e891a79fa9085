// What programs send to the gateway: inference requests (JSON, with tensors behind it or not),
// forms, paths. The first byte says which.
#include "gateway/protocol/infer_answer.hpp"
#include "gateway/protocol/json_reader.hpp"
#include "gateway/protocol/multipart.hpp"
#include "gateway/protocol/refusal.hpp"
#include "gateway/protocol/route.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace bramble;
using namespace bramble::gateway;

namespace {

model_card some_model() {
  model_card out;
  out.name = "m";
  out.identity = std::string(64, 'a');
  out.inputs = {{"x", {1, 2, 2}, element_type::f32}, {"ids", {3}, element_type::i64}};
  out.outputs = {{"output", {1, 3}, element_type::f32}};
  out.labels = {"a", "b", "c"};
  return out;
}

/// What the program does with a request: feed a model, and write the answer as it was asked for.
void use(asked_inference asked) {
  static const auto card = some_model();
  const auto request = request_for(card, asked);
  must(request.inputs.size() == card.inputs.size());
  for (std::size_t i = 0; i < request.inputs.size(); ++i)
    must(request.inputs[i].bytes.size() ==
         element_count(card.inputs[i].shape) * size_of(card.inputs[i].type));
  infer_reply reply;
  reply.outputs = {{{1, 3}, element_type::f32, byte_vector(12)}};
  const auto answer = encode_inference(card, asked, reply);
  const auto head = std::string_view{answer.body}.substr(
      0, answer.json_bytes != 0 ? answer.json_bytes : answer.body.size());
  must(nlohmann::json::accept(head.begin(), head.end()));
}

void read_inference(byte_span bytes) {
  // Where the JSON ends, or that nobody says so.
  if (bytes.size() < 2) return;
  const std::size_t announced = bytes[0] | bytes[1] << 8U;
  const auto body = bytes.subspan(2);
  use(decode_inference(body, announced == 0xFFFF ? std::nullopt : std::optional{announced}));
}

void read_form(byte_span bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
  const std::string type{bytes.begin(), end};
  const auto body = bytes.subspan(static_cast<std::size_t>(end - bytes.begin()));
  std::size_t held = 0;
  for (const auto& part : read_multipart(body, type)) {
    held += part.content.size();
    must(part.content.data() >= body.data() &&
         part.content.data() + part.content.size() <= body.data() + body.size());
  }
  must(held <= body.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const byte_span bytes{data + 1, size - 1};
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  succeeds_or_complains([&] {
    switch (data[0]) {
      case 'i':
        return read_inference(bytes);
      case 'f':
        return read_form(bytes);
      case 'p':
        route_of("POST", text);
        query_value(text, "top");
        return;
      default:
        use(decode_inference(bytes, std::nullopt));
    }
  });
  return 0;
}
