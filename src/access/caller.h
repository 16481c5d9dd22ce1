#pragma once

#include "access/permission.h"
#include "base/strong.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {
class Authenticator;
class ForwardedAuthenticator;
}  // namespace srasta::identity

namespace srasta::access {

/// Whether a person or a machine account acts.
enum class CallerKind : uint8_t { User, Service };

[[nodiscard]] std::string_view to_string(CallerKind kind);

/// A principal whose credential was verified. Only the two verifiers of identity/ can make one
/// (tokens from outside, signed identity between services), so a handler that takes a
/// `const Caller&` cannot be reached, or even written, without one.
/// Immutable; safe to share between threads.
class Caller {
 public:
  /// Stable for one (issuer, tenant, subject), and different for every other: the key of limits,
  /// budgets and ownership.
  [[nodiscard]] const base::PrincipalId& principal() const { return facts_.principal; }
  [[nodiscard]] const base::TenantId& tenant() const { return facts_.tenant; }
  /// Known roles in the order of the token, without repeats; never empty.
  [[nodiscard]] const std::vector<base::RoleName>& roles() const { return facts_.roles; }
  /// What the caller may do: already the intersection of everything that narrows it.
  [[nodiscard]] PermissionSet permissions() const { return facts_.permissions; }
  [[nodiscard]] CallerKind kind() const { return facts_.kind; }
  /// `sub` of the token, byte for byte, without control characters: audit's actor.
  [[nodiscard]] const std::string& subject() const { return facts_.subject; }
  [[nodiscard]] const std::string& issuer() const { return facts_.issuer; }
  /// Names the credential in audit records: the first 16 hexadecimal digits of the SHA-256 of the
  /// token. It cannot be turned back into the token.
  [[nodiscard]] const std::string& token_digest() const { return facts_.token_digest; }

 private:
  friend class identity::Authenticator;
  friend class identity::ForwardedAuthenticator;

  struct Facts {
    base::PrincipalId principal;
    base::TenantId tenant;
    std::vector<base::RoleName> roles;
    PermissionSet permissions;
    CallerKind kind = CallerKind::User;
    std::string subject;
    std::string issuer;
    std::string token_digest;
  };
  explicit Caller(Facts facts);

  Facts facts_;
};

}  // namespace srasta::access
