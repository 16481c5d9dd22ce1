#pragma once

#include "crypto/hash.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// A program that people sign in with at the built-in issuer.
struct OAuthClient {
  std::string id;
  std::vector<std::string> redirect_uris;
  /// SHA-256 of its secret; nothing: it is public and proves itself by PKCE alone.
  std::optional<crypto::Digest> secret = std::nullopt;

  /// Whether `uri` is registered: byte for byte, but for the port of a registered loopback address
  /// without one (RFC 8252 section 7.3).
  [[nodiscard]] bool may_redirect_to(std::string_view uri) const;
};

/// By id.
using OAuthClients = std::map<std::string, OAuthClient, std::less<>>;

/// The client of every installation: programs on a user's own machine, at any port of
/// http://127.0.0.1/callback or http://[::1]/callback.
[[nodiscard]] OAuthClient command_line_client();

}  // namespace srasta::identity
