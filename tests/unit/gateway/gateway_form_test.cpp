#include "config/base/files.hpp"
#include "config/defaults_gateway.hpp"
#include "gateway/protocol/multipart.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace bramble::gateway;

namespace {

const std::string form_type = "multipart/form-data; boundary=\"x y\"";

std::string said_of_form(const std::string& body, const std::string& of = form_type) {
  return complaint_of([&] { read_multipart(as_bytes(body), of); });
}

std::string text_of(byte_span bytes) {
  return as_text(bytes);
}

}  // namespace

TEST_CASE("the parts of a form are found, with what they say of themselves") {
  const std::string body =
      "preamble\r\n--x y\r\nContent-Disposition: form-data; name=\"a;b\"; "
      "filename=\"q\\\"t.jpg\"\r\n"
      "content-type: image/jpeg\r\n\r\n\r\n--x\r\nbytes\r\n--x y  \r\n"
      "Content-Disposition: form-data; name=second\r\n\r\n\r\n--x y--\r\nepilogue";
  const auto parts = read_multipart(as_bytes(body), form_type);
  REQUIRE(parts.size() == 2);
  CHECK(parts[0].name == "a;b");
  CHECK(parts[0].filename == "q\"t.jpg");
  CHECK(parts[0].type == "image/jpeg");
  CHECK(text_of(parts[0].content) == "\r\n--x\r\nbytes");
  CHECK(parts[1].name == "second");
  CHECK(parts[1].content.empty());
  CHECK(read_multipart(as_bytes(std::string{"--x y--"}), form_type).empty());
}

TEST_CASE("what is no form is refused") {
  CHECK(is_multipart("Multipart/Form-Data; boundary=x"));
  CHECK(is_multipart("image/jpeg") == false);
  CHECK(contains(said_of_form("--x", "multipart/form-data"), "boundary"));
  CHECK(contains(said_of_form("--x", "multipart/form-data; boundary=" + std::string(71, 'b')),
                 "boundary"));
  CHECK(contains(said_of_form("nothing"), "no part"));
  CHECK(contains(said_of_form("--x y\r\nname\r\n\r\n\r\n--x y--"), "damaged header"));
  CHECK(contains(said_of_form("--x y\r\nA: b\r\n\r\ncontent"), "does not end"));
  CHECK(contains(said_of_form("--x y\r\nA: b\r\n--x y--"), "do not end"));
  CHECK(contains(said_of_form("--x yz\r\n\r\n\r\n--x y--"), "damaged line"));
  std::string many;
  for (std::size_t i = 0; i <= defaults::gateway_form_parts_most; ++i) many += "--x y\r\n\r\n\r\n";
  CHECK(contains(said_of_form(many + "--x y--"), "more than"));
}
