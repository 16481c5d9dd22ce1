#pragma once

#include "access/caller.h"
#include "access/role.h"
#include "base/clock.h"
#include "base/strong.h"
#include "identity/claim_mapping.h"
#include "identity/credential_slot.h"
#include "identity/fault.h"
#include "identity/key_set.h"
#include "identity/token_cache.h"
#include "identity/token_verifier.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace srasta::identity {

/// An issuer whose tokens are accepted, with its keys of the moment (from `KeySource::state`).
struct TrustedIssuer {
  std::shared_ptr<const TokenVerifier> verifier;
  std::shared_ptr<const ClaimMapping> mapping;
  std::shared_ptr<const KeySet> keys;                    ///< null while there is none
  uint64_t generation = 0;                               ///< changes whenever `keys` does
  TokenFault unavailable = TokenFault::KeysUnavailable;  ///< why `keys` is null
};

/// Everything that decides who a caller is, at one moment. Immutable once shared. A change of
/// issuers, tenants or roles needs a new `revision`; new keys need a new `generation` only.
struct IdentitySnapshot {
  uint64_t revision = 0;
  std::vector<TrustedIssuer> issuers;
  std::set<base::TenantId> tenants;
  access::RoleTable roles;
};

struct Authenticated {
  std::shared_ptr<const access::Caller> caller;  ///< never null
  bool first_use = false;  ///< the token was verified now, not found in the cache
  base::WallTime until;    ///< first moment at which the token is no longer good
};

struct Refusal {
  TokenFault fault = TokenFault::NoCredential;
  PublicCode code = PublicCode::CredentialsMissing;  ///< `public_code(fault)`
  /// The issuer whose keys may be out of date: set for UnknownKid only. Ask its `KeySource`.
  std::string refresh_issuer = {};
  /// `iss` and `sub` of a token that verified but has no place here; empty if it did not verify.
  std::string issuer = {};
  std::string subject = {};
  std::vector<std::string> claims = {};  ///< pointers looked at, for tenant_missing, role_missing
};

/// Turns the credential of a request into a caller, and is the only maker of callers. It decides
/// from its arguments alone. Only successes are remembered, so a wrong token never shadows a right
/// one. For one thread: each event loop has its own.
class Authenticator {
 public:
  explicit Authenticator(size_t cache_entries = 10'000) : cache_(cache_entries) {}

  /// The checks in order: the slot, the cache, the form of the token, its issuer (Iss), that the
  /// issuer's keys are there, `TokenVerifier::verify`, `ClaimMapping::apply`.
  [[nodiscard]] std::expected<Authenticated, Refusal> authenticate(const CredentialFields& fields,
                                                                   const IdentitySnapshot& snapshot,
                                                                   base::WallTime now);

  /// A credential that is well-formed and was not verified before.
  struct Unknown {
    std::string_view token;  ///< into the fields
    crypto::Digest digest;
  };
  /// The part of `authenticate` that costs no signature: what is decided without one, or what
  /// `verify` has to decide.
  [[nodiscard]] std::variant<Authenticated, Refusal, Unknown> recall(
      const CredentialFields& fields, const IdentitySnapshot& snapshot, base::WallTime now);
  [[nodiscard]] std::expected<Authenticated, Refusal> verify(const Unknown& unknown,
                                                             const IdentitySnapshot& snapshot,
                                                             base::WallTime now);

  [[nodiscard]] size_t cached() const { return cache_.size(); }

 private:
  [[nodiscard]] static std::shared_ptr<const access::Caller> make_caller(
      const Claims& claims, const std::string& issuer, Mapping mapping,
      const access::RoleTable& roles, const crypto::Digest& digest);

  TokenCache cache_;
};

}  // namespace srasta::identity
