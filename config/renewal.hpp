#pragma once

#include <filesystem>
#include <string>

#include "config/certificates.hpp"

namespace bramble {

// A node's certificate is renewed for the key that it has, before it ends.

/// At two thirds of its time: the last third is for machines that are seldom on.
bool is_due_for_renewal(const validity& when, wall_time now);

struct renewal_need {
  bool is_due = false;
  bool is_authority_here = false;
  wall_time until;      ///< of the certificate as it is
  byte_vector request;  ///< for a new one: also where it is not due there may be a new authority
};

/// Throws `user_error` where the keys cannot be used.
renewal_need need_of_renewal(const std::filesystem::path& folder, wall_time now);

/// By the authority in `folder`: a new certificate, as PEM, and with it those of all authorities
/// that are trusted, for whoever asks by the name `node_name`, which the caller has made sure of.
/// Throws `user_error` where there is no authority, for a request that is damaged, and where the
/// last certificate of that name was never issued, or is by the present authority and not due yet.
std::string renew_certificate(const std::filesystem::path& folder, const std::string& node_name,
                              byte_span request, wall_time now);

/// Puts it in place of the node's certificate, and answers until when it is valid. Throws
/// `user_error` for one of another key, name or authority; what was there stays then.
wall_time replace_certificate(const std::filesystem::path& folder, const std::string& certificate);

}  // namespace bramble
