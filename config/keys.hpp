#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/base/codec.hpp"
#include "config/certificates.hpp"

namespace bramble {

// The keys of a cluster. Its first node makes a certificate authority; every node has a certificate
// of it, and whoever holds one is trusted by the others. All files are PEM, readable by their owner
// only where they hold a private key.

/// The machine's clock shows a day before its certificate begins: most likely it has not got the
/// time from the network yet, and what failed can be tried again.
class clock_error : public user_error {
 public:
  using user_error::user_error;
};

struct key_paths {
  explicit key_paths(const std::filesystem::path& folder);

  std::filesystem::path folder;
  std::filesystem::path ca_crt;         ///< the authority's certificate; behind it those before it
  std::filesystem::path ca_key;         ///< its key: only where the cluster was begun
  std::filesystem::path ca_key_before;  ///< only while a new authority is begun
  std::filesystem::path node_crt;  ///< this node's certificate; behind it what leads from a new
                                   ///< authority to those before it
  std::filesystem::path node_key;  ///< its key
  std::filesystem::path issued;    ///< names that have keys, where there is an authority
  std::filesystem::path revoked;   ///< certificates that it took back: config/revocations.hpp
};

struct key_info {
  key_paths paths;
  std::string node_name;
  std::string cluster_name;
  std::string cluster_id;  ///< 8 hexadecimal digits: two clusters of one name differ here
  std::string founder;     ///< SHA-256 of its first authority, 64 hexadecimal digits: for good
  std::vector<std::string> authorities;  ///< likewise of those trusted today, the present one first
  wall_time expiry;                      ///< of the node's certificate
  bool can_issue = false;                ///< holds the authority's key
};

/// Begins a cluster: makes its authority and the certificate of its first node. Throws `user_error`
/// when the folder already has keys, and for names that cannot be used; nothing is written then.
void init_keys(const std::filesystem::path& folder, const std::string& cluster_name,
               const std::string& node_name);

/// A bundle for another node (or for this one, to renew): its new key, its certificate and the
/// authority's, as PEM text. Secret: it is to be sent over ssh. Throws `user_error` where there is
/// no authority, and for a name that has keys already unless they are to be replaced.
byte_vector issue_keys(const std::filesystem::path& folder, const std::string& node_name,
                       bool replace = false);

/// What a node needs beside its own key, as PEM text: the files `node_crt` and `ca_crt`.
struct certified_node {
  std::string certificate;
  std::string authority;
};

/// A certificate for a key of which only the public half is here. Throws as `issue_keys`. `how`
/// goes into the list of what was issued.
certified_node certify(const std::filesystem::path& folder, const std::string& node_name,
                       EVP_PKEY& key, const std::string& how, bool replace = false);

/// Takes a bundle that `issue_keys` made, or the same put together of one's own key and what
/// `certify` made: into an empty folder, or in place of a certificate of the
/// same cluster. Throws `user_error` for anything else; what was there stays as it was then.
void install_keys(const std::filesystem::path& folder, byte_span bundle);

/// Checks all files of a node: there, belonging together, valid today, and the key readable by its
/// owner only. Throws `user_error` saying what to type otherwise, `clock_error` where that is to
/// wait. Any thread, several processes.
key_info load_keys(const std::filesystem::path& folder);

/// Takes back all certificates that were issued for this name, and writes the new list of
/// revocations beside the authority's key. Answers it, for running nodes. Throws `user_error` where
/// there is no authority, or nothing to take back.
std::string revoke_keys(const std::filesystem::path& folder, const std::string& node_name);

/// Begins a new authority with a key of its own, which certifies from now on; those before it are
/// trusted beside it until `former_until`. Nodes learn of it from each other (config/renewal.hpp).
/// Answers until when that is, which is no later than the former one's end. Throws `user_error`
/// where there is no authority.
wall_time rotate_authority(const std::filesystem::path& folder, wall_time former_until);

/// Whether there is a node's certificate at all, usable or not.
bool has_keys(const std::filesystem::path& folder);

/// The name in the folder's certificate; empty where there is none. Nothing is checked.
std::string certified_name(const std::filesystem::path& folder);

}  // namespace bramble
