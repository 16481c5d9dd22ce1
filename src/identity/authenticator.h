#pragma once

#include "access/admission.h"
#include "access/caller.h"
#include "access/snapshot.h"
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
  std::string principal_issuer = {};  ///< as principals are named by; empty: the issuer's URL
  bool complete = false;  ///< `keys` are all there are: none that is unknown can be a new one
};

/// Everything that decides who a caller is, at one moment. Immutable once shared. A change of
/// issuers needs a new `revision`, another access snapshot a new `access_serial`, new keys a new
/// `generation` only.
struct IdentitySnapshot {
  uint64_t revision = 0;
  std::vector<TrustedIssuer> issuers;
  uint64_t access_serial = 0;
  std::shared_ptr<const access::AccessSnapshot> access;  ///< null: nobody is admitted
};

struct Authenticated {
  std::shared_ptr<const access::Caller> caller;  ///< never null
  bool first_use = false;          ///< the token was verified now, not found in the cache
  base::WallTime until;            ///< first moment at which the token is no longer good
  bool depends_on_client = false;  ///< the same credential may be refused from another address
};

struct Refusal {
  TokenFault fault = TokenFault::NoCredential;
  PublicCode code = PublicCode::CredentialsMissing;  ///< `public_code(fault)`
  /// The issuer whose keys may be out of date: set for UnknownKid only. Ask its `KeySource`.
  std::string refresh_issuer = {};
  /// Who verified but may not be here; empty when that is not known: without a place here, or with
  /// an API key that is refused like a wrong one.
  std::string subject = {};
  base::TenantId tenant = {};
  std::vector<std::string> claims = {};  ///< pointers looked at, for tenant_missing, role_missing
};

/// Why a token's holder is refused who is `barred`.
[[nodiscard]] TokenFault fault_of(access::Barred barred);

/// Why a caller who was admitted may not go on under `snapshot`; nothing: he may, with what the
/// result says he may do now.
[[nodiscard]] std::expected<std::shared_ptr<const access::Caller>, TokenFault> readmit(
    const access::Caller& caller, const IdentitySnapshot& snapshot);

/// Turns the credential of a request into a caller. It decides from its arguments alone. Only
/// successes are remembered, so a wrong token never shadows a right one. For one thread: each event
/// loop has its own.
class Authenticator {
 public:
  explicit Authenticator(size_t cache_entries = 10'000) : cache_(cache_entries) {}

  /// The checks in order: the slot; for an API key `check_api_key`; for a token the cache, its
  /// form, its issuer (Iss), that the issuer's keys are there, `TokenVerifier::verify`,
  /// `ClaimMapping::apply`; then `Admission::admit`.
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

  /// The caller under the snapshot of now, narrowed to one of his personas.
  [[nodiscard]] static std::expected<std::shared_ptr<const access::Caller>, Refusal> as_persona(
      const access::Caller& caller, const IdentitySnapshot& snapshot, std::string_view persona);

  /// A browser's session: `json` says whose it is, as the service tells that keeps sessions:
  /// {"subject", "tenant", "roles", "session"} of an account of the built-in issuer at `issuer`, or
  /// {"issuer", "mapping", "session"} of somebody whom an issuer of the snapshot signed in, with
  /// what `to_json` made of his claims. What he may do follows from the snapshot, as with a token;
  /// of a mapping only what the issuer's rules could give now counts (`ClaimMapping::narrowed`).
  /// PayloadJson: it is something else. Iss: the snapshot has no such issuer.
  [[nodiscard]] static std::expected<std::shared_ptr<const access::Caller>, Refusal> admit_session(
      std::string_view json, const std::string& issuer, const IdentitySnapshot& snapshot);

 private:
  [[nodiscard]] static std::variant<Authenticated, Refusal, Unknown> recall_key(
      std::string_view key, const IdentitySnapshot& snapshot, std::string_view client,
      base::WallTime now);

  TokenCache cache_;
};

}  // namespace srasta::identity
