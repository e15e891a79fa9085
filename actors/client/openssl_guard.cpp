// CAF 0.17.6 asks SSL_get_error without clearing OpenSSL's error queue first. The queue belongs to
// the thread, and all of CAF's connections share one: when one peer dies without a TLS goodbye (a
// killed node, a client that ended), what that leaves in the queue makes the next read or write on
// every other connection look failed, and CAF closes them all. libcaf_openssl finds these four
// functions here before it finds OpenSSL's; they do the same with a clean queue.

#include "actors/client/openssl_guard.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace bramble {
void guard_openssl() {}
}  // namespace bramble

extern "C" {

int SSL_read(SSL* ssl, void* buffer, int size) {
  ERR_clear_error();
  std::size_t done = 0;
  if (size < 0 || SSL_read_ex(ssl, buffer, static_cast<std::size_t>(size), &done) != 1) return -1;
  return static_cast<int>(done);
}

int SSL_write(SSL* ssl, const void* buffer, int size) {
  ERR_clear_error();
  std::size_t done = 0;
  if (size < 0 || SSL_write_ex(ssl, buffer, static_cast<std::size_t>(size), &done) != 1) return -1;
  return static_cast<int>(done);
}

int SSL_connect(SSL* ssl) {
  ERR_clear_error();
  // Setting the state begins a handshake anew; CAF calls this again until the handshake is done.
  if (SSL_in_before(ssl) != 0) SSL_set_connect_state(ssl);
  return SSL_do_handshake(ssl);
}

int SSL_accept(SSL* ssl) {
  ERR_clear_error();
  if (SSL_in_before(ssl) != 0) SSL_set_accept_state(ssl);
  return SSL_do_handshake(ssl);
}

}  // extern "C"
