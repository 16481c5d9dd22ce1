#pragma once

#include "access/claimed.h"
#include "access/standing.h"
#include "base/strong.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::access {

/// A principal whose credential was verified and who may be here. Only `admit` makes one, from what
/// a verifier of identity/ vouches for, so a handler that takes a `const Caller&` cannot be
/// reached, or even written, without one. Immutable; safe to share between threads.
class Caller {
 public:
  /// Stable for one (issuer, tenant, subject), and different for every other: the key of limits,
  /// budgets and ownership.
  [[nodiscard]] const base::PrincipalId& principal() const { return standing_.principal; }
  [[nodiscard]] const base::TenantId& tenant() const { return claimed_->facts().tenant; }
  /// Roles that count, in the order of the token, without repeats; never empty.
  [[nodiscard]] const std::vector<base::RoleName>& roles() const { return standing_.roles; }
  /// What the caller may do: already the intersection of everything that narrows it.
  [[nodiscard]] PermissionSet permissions() const { return standing_.permissions; }
  /// Which models the caller may use, likewise.
  [[nodiscard]] const ModelGrant& models() const { return standing_.models; }
  /// The persona that the request chose; empty: none.
  [[nodiscard]] const std::string& chosen_persona() const { return standing_.chosen_persona; }
  /// Personas that count; empty: none.
  [[nodiscard]] const std::vector<std::string>& personas() const { return standing_.personas; }
  [[nodiscard]] CallerKind kind() const { return standing_.kind; }
  /// `sub` of the token, byte for byte, without control characters: audit's actor.
  [[nodiscard]] const std::string& subject() const { return claimed_->facts().subject; }
  [[nodiscard]] const std::string& issuer() const { return claimed_->facts().issuer; }
  /// The API key that was used; empty for tokens.
  [[nodiscard]] const std::string& key_id() const { return claimed_->facts().key_id; }
  /// Names the credential in audit records: the first 16 hexadecimal digits of the SHA-256 of the
  /// token. It cannot be turned back into the token.
  [[nodiscard]] const std::string& token_digest() const { return claimed_->facts().token_digest; }
  /// Of the access snapshot that decided.
  [[nodiscard]] uint64_t revision() const { return standing_.revision; }
  /// What the credential said, to decide anew under another snapshot.
  [[nodiscard]] const std::shared_ptr<const Claimed>& claimed() const { return claimed_; }

 private:
  friend class Admission;
  Caller(std::shared_ptr<const Claimed> claimed, Standing standing);

  std::shared_ptr<const Claimed> claimed_;
  Standing standing_;
};

}  // namespace srasta::access
