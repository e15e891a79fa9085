#pragma once

#include <memory>
#include <string>

#include "config/base/files.hpp"
#include "config/revocations.hpp"
#include "tests/support/data_plane_fixture.hpp"

namespace bramble::testing {

/// A list by the authority of `test_keys` that takes back the certificate of this node; on no disk.
inline std::string list_without(const std::string& node) {
  const auto& keys = test_keys::instance();
  const key_paths authority{keys.folder("a")};
  const auto shown = certificate_from_pem(read_file(key_paths{keys.folder(node)}.node_crt));
  return add_revoked("", certificates_from_pem(read_file(authority.ca_crt)),
                     *key_from_pem(read_file(authority.ca_key)), {serial_number(*shown)},
                     std::chrono::system_clock::now());
}

/// What a node knows that has heard of no list yet.
inline std::shared_ptr<revocations> nothing_revoked() {
  const key_paths authority{test_keys::instance().folder("a")};
  return std::make_shared<revocations>(certificate_from_pem(read_file(authority.ca_crt)));
}

}  // namespace bramble::testing
