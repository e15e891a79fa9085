#include "actors/transport/data_plane/frames.hpp"

#include <rapidcheck.h>

#include <cmath>

#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

/// As it comes out at the other end of a link.
frame_header travelled(const frame_header& header) {
  frame_header out;
  REQUIRE_FALSE(decode_header(encode_header(header), 1U << 20, out));
  return out;
}

}  // namespace

TEST_CASE("each kind of frame says at the other end what it said here") {
  CHECK(rc::check([](std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint32_t d, bool e,
                     bool f, bool g) {
    RC_ASSERT(read_hello(travelled(header_of(hello_frame{e}))).wants_plain == e);

    const auto ping = read_ping(travelled(header_of(ping_frame{a, e, f})));
    RC_ASSERT((ping.sent_ns == a && ping.late == e && ping.under_load == f));
    const auto pong = read_pong(travelled(header_of(pong_frame{ping, b, c, g})));
    RC_ASSERT((pong.echo.sent_ns == a && pong.echo.late == e && pong.echo.under_load == f));
    RC_ASSERT((pong.kbit == b && pong.frames == c && pong.settled == g));

    const auto wire = static_cast<std::uint8_t>(d % 3);
    const auto tensor = read_tensor(travelled(header_of(tensor_frame{a, b, d, wire})));
    RC_ASSERT((tensor.plan == a && tensor.request == b && tensor.transfer == d));
    RC_ASSERT(tensor.wire == wire);
    RC_ASSERT(read_unknown_request(travelled(header_of(unknown_request_frame{a}))).request == a);

    const auto wanted = read_blob_request(travelled(header_of(blob_request_frame{a, b})));
    RC_ASSERT((wanted.fetch == a && wanted.offset == b));
    const auto block = read_blob_block(travelled(header_of(blob_block_frame{a, b, c})));
    RC_ASSERT((block.fetch == a && block.offset == b && block.total == c));
    RC_ASSERT(read_blob_refusal(travelled(header_of(blob_refusal_frame{a}))).fetch == a);
  }));
}

TEST_CASE("contention comes over to a thousandth, whatever a peer writes") {
  const auto told = read_contention(travelled(header_of(contention_frame{3, 1.2346})));
  CHECK(told.others == 3);
  CHECK(told.share == Approx(1.235));
  frame_header absurd{.kind = frame_kind::contention};
  absurd.b = ~std::uint64_t{0};
  CHECK(read_contention(absurd).share == Approx(1000));
}

TEST_CASE("an error is about blobs, or about a request") {
  CHECK(is_about_blobs(header_of(blob_request_frame{})));
  CHECK(is_about_blobs(header_of(blob_block_frame{})));
  CHECK(is_about_blobs(header_of(blob_refusal_frame{})));
  CHECK_FALSE(is_about_blobs(header_of(unknown_request_frame{})));
  CHECK_FALSE(is_about_blobs(header_of(tensor_frame{})));
}
