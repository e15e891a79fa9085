// Packages for machines that have no program yet, at the join port.
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/packages.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/join_fixture.hpp"

using namespace bramble;
using namespace bramble::test;
using asio::ip::tcp;

namespace {

std::string fetched(std::uint16_t port, const std::string& request) {
  asio::io_context io;
  tcp::socket socket{io};
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::error_code ended;
  asio::write(socket, asio::buffer(request), ended);
  std::string out;
  asio::read(socket, asio::dynamic_buffer(out), ended);
  return out;
}

std::string body_of_answer(const std::string& answer) {
  const auto at = answer.find("\r\n\r\n");
  return at == std::string::npos ? "" : answer.substr(at + 4);
}

/// Larger than one block.
const std::string some_package(200'000, 'p');

struct generous_node {
  generous_node() {
    const auto file = folder / "arm64_0.1.0.deb";
    write_file_atomically(file, as_bytes(some_package));
    const auto all = kept_packages(folder.path());
    join_packages packages;
    packages.list = format_packages(all);
    for (const auto& each : all) packages.files.emplace(each.architecture, each.file);
    inviting.emplace(invitation{}, inviting_node::unlimited(), std::chrono::seconds{20}, packages);
  }
  std::uint16_t port() const { return inviting->server->port(); }

  temporary_folder folder;
  std::optional<inviting_node> inviting;
};

}  // namespace

TEST_CASE("a machine without a program gets the list, and the package in it") {
  const generous_node node;
  const auto list =
      body_of_answer(fetched(node.port(), "GET /packages HTTP/1.1\r\nHost: x\r\n\r\n"));
  CHECK(list == "arm64 " + sha256_hex(as_bytes(some_package)) + " 200000 0.1.0\n");
  CHECK(body_of_answer(fetched(node.port(), "GET /arm64.deb HTTP/1.0\r\n\r\n")) == some_package);
}

TEST_CASE("nothing else is given away") {
  const generous_node node;
  for (const auto* path :
       {"/", "/amd64.deb", "/../keys/ca.key", "/arm64", "/arm64_0.1.0.deb", "//etc/passwd"})
    CHECK(contains(fetched(node.port(), std::string{"GET "} + path + " HTTP/1.1\r\n\r\n"), "404"));
  CHECK(fetched(node.port(), "GET" + std::string(10'000, 'a')).empty());
  CHECK(contains(fetched(node.port(), "G\r\n\r\n"), "404"));
}

TEST_CASE("machines that have the program join all the same; without packages there is no HTTP") {
  const generous_node node;
  const auto key = make_key();
  CHECK(complaint_of([&] {
          join_shelf(node.inviting->call(), *key, [](const join_result&) {});
        }).empty());
  inviting_node plain;
  CHECK_FALSE(contains(fetched(plain.server->port(), "GET /packages HTTP/1.1\r\n\r\n"), "HTTP"));
}
