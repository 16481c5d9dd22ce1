#pragma once

#include "base/result.h"
#include "cli/one_request.h"

#include <string>
#include <string_view>

namespace srasta::cli {

/// A running gateway on this host, as its data folder names it.
class GatewayClient {
 public:
  /// Reads run/gateway.url and makes a short-lived token of the built-in issuer with `role`; so the
  /// caller must be able to read keys/issuer.pem. Errors say what to start.
  static base::Result<GatewayClient> open(const std::string& data_folder,
                                          std::string_view role = "user");

  /// The same as whoever the API key or access token belongs to.
  static base::Result<GatewayClient> open_as(const std::string& data_folder, std::string token);

  /// One request, at most 60 s. `body` empty: GET, otherwise POST of JSON.
  [[nodiscard]] base::Result<Answer> request(const std::string& path,
                                             const std::string& body) const;

  /// The body of an answer with status 200; Code::Unavailable for any other, with its code.
  [[nodiscard]] base::Result<std::string> fetch(const std::string& path) const;

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  GatewayClient(std::string url, std::string token);
  std::string url_;
  std::string token_;
};

}  // namespace srasta::cli
