#pragma once

#include "access/permission.h"
#include "base/strong.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {
class Authenticator;
class ForwardedAuthenticator;
class HostOperator;
}  // namespace srasta::identity

namespace srasta::access {

/// Somebody who acts for the subject of a token (RFC 8693 section 4.1).
struct Delegate {
  std::string issuer;  ///< as principals are named by: see principal.h
  std::string subject;
  friend bool operator==(const Delegate&, const Delegate&) = default;
};

/// At most this many may stand between the subject and who presents the token.
inline constexpr size_t kMaxDelegates = 3;

/// What a credential that was verified says about its holder, before this platform's own rules had
/// their say. Only the verifiers of identity/ can make one. Immutable; safe to share.
class Claimed {
 public:
  struct Facts {
    std::string issuer;            ///< `iss`; "key" for API keys
    std::string principal_issuer;  ///< as principals are named by: see principal.h
    std::string subject;
    base::TenantId tenant;
    std::vector<base::RoleName> roles = {};  ///< mapped, known or not, without repeats
    std::optional<PermissionSet> scopes =
        std::nullopt;                        ///< set: the credential narrows itself to these
    std::vector<std::string> personas = {};  ///< as the credential names them
    /// Who acts for the subject, the one who presents the token first; empty: he himself. Only the
    /// first counts in decisions, all of them are recorded.
    std::vector<Delegate> delegates = {};
    std::vector<std::string> groups = {};  ///< that count here, as the issuer's rules name them
    bool machine = false;                  ///< the provider says that no person acts
    bool groups_overage = false;           ///< the provider left the groups out
    std::vector<std::string> role_claims = {};  ///< where roles were looked for
    std::string key_id = {};                    ///< of an API key
    std::string token_digest = {};              ///< see Caller
  };
  [[nodiscard]] const Facts& facts() const { return facts_; }

 private:
  friend class identity::Authenticator;
  friend class identity::ForwardedAuthenticator;
  friend class identity::HostOperator;
  explicit Claimed(Facts facts) : facts_(std::move(facts)) {}

  Facts facts_;
};

}  // namespace srasta::access
