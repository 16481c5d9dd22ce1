#pragma once

#include "base/result.h"
#include "cli/command_line.h"
#include "config/config.h"

#include <string>
#include <vector>

namespace srasta::cli {

/// What a token of the built-in issuer is to say.
struct TokenRequest {
  std::string config;  ///< file; empty: the standard one
  std::string data;    ///< folder; empty: the standard one
  std::string subject = "u-me";
  std::string tenant = "default";
  std::vector<std::string> roles = {"user"};
  std::string lifetime = "1h";
  std::string audience = "srasta-api";
  bool own_roles = false;  ///< the roles come from the platform itself and are not looked up
};
/// Signs it with <data>/keys/issuer.pem.
[[nodiscard]] base::Result<std::string> issue_token(const TokenRequest& request,
                                                    const config::Environment& environment);

/// `srasta token issue`. `environment` must outlive the parsing of the command line.
void add_token(Command root, const config::Environment& environment);

}  // namespace srasta::cli
