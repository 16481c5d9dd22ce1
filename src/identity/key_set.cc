#include "identity/key_set.h"

#include "base/encoding.h"
#include "json/document.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

using json::Value;

std::optional<std::string> bytes_member(Value jwk, std::string_view name) {
  const auto member = jwk.find(name);
  const auto text = member ? member->string() : std::nullopt;
  return text ? base::from_base64url(*text) : std::nullopt;
}

std::string_view text_member(Value jwk, std::string_view name) {
  const auto member = jwk.find(name);
  return member ? member->string().value_or("") : "";
}

bool is_for_verifying(Value jwk) {
  if (const auto use = jwk.find("use"); use && use->string() != "sig") return false;
  const auto operations = jwk.find("key_ops");
  if (!operations) return true;
  if (!operations->is_array()) return false;
  for (size_t i = 0; i < operations->size(); ++i) {
    if (operations->at(i).string() == "verify") return true;
  }
  return false;
}

/// A key whose private half is on the web is everybody's key.
bool has_private_members(Value jwk) {
  constexpr std::string_view kPrivate[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
  return std::ranges::any_of(kPrivate,
                             [&](std::string_view name) { return jwk.find(name).has_value(); });
}

std::optional<crypto::PublicKey> keep(base::Result<crypto::PublicKey> key) {
  if (!key) return std::nullopt;
  return *std::move(key);
}

std::optional<crypto::PublicKey> read_rsa(Value jwk) {
  const auto modulus = bytes_member(jwk, "n");
  const auto exponent = bytes_member(jwk, "e");
  if (!modulus || !exponent) return std::nullopt;
  return keep(crypto::PublicKey::rsa(*modulus, *exponent));
}

std::optional<crypto::PublicKey> read_ec(Value jwk) {
  const std::string_view curve = text_member(jwk, "crv");
  const auto x = bytes_member(jwk, "x");
  const auto y = bytes_member(jwk, "y");
  if (!x || !y || (curve != "P-256" && curve != "P-384")) return std::nullopt;
  const auto type = curve == "P-256" ? crypto::KeyType::EcP256 : crypto::KeyType::EcP384;
  return keep(crypto::PublicKey::ec(type, *x, *y));
}

std::optional<crypto::PublicKey> read_okp(Value jwk) {
  const auto x = bytes_member(jwk, "x");
  if (!x || text_member(jwk, "crv") != "Ed25519") return std::nullopt;
  return keep(crypto::PublicKey::ed25519(*x));
}

std::optional<crypto::PublicKey> read_key(Value jwk) {
  const std::string_view type = text_member(jwk, "kty");
  if (type == "RSA") return read_rsa(jwk);
  if (type == "EC") return read_ec(jwk);
  if (type == "OKP") return read_okp(jwk);
  return std::nullopt;
}

std::unexpected<KeysFailure> refuse(TokenFault fault, std::string detail) {
  return std::unexpected(KeysFailure{fault, std::move(detail)});
}

}  // namespace

struct JwkReader {
  static std::optional<KeySet::Entry> read(Value jwk) {
    if (!jwk.is_object() || !is_for_verifying(jwk) || has_private_members(jwk)) return std::nullopt;
    auto key = read_key(jwk);
    if (!key) return std::nullopt;
    KeySet::Entry entry{.kid = std::nullopt, .algorithm = std::nullopt, .key = *std::move(key)};
    if (const auto alg = jwk.find("alg")) {
      entry.algorithm = crypto::parse_algorithm(alg->string().value_or(""));
      if (!entry.algorithm || !crypto::fits(entry.key.type(), *entry.algorithm)) {
        return std::nullopt;
      }
    }
    if (const auto kid = jwk.find("kid")) {
      const auto name = kid->string();
      if (!name) return std::nullopt;
      entry.kid = std::string(*name);
    }
    return entry;
  }
};

bool KeySet::Entry::fits(crypto::Algorithm wanted) const {
  return algorithm ? *algorithm == wanted : crypto::fits(key.type(), wanted);
}

std::expected<KeySet, KeysFailure> KeySet::parse(std::string_view document) {
  if (document.size() > kMaxJwksBytes) {
    return refuse(TokenFault::JwksTooLarge, "key set is larger than 1 MiB");
  }
  const auto parsed = json::Document::parse(document);
  if (!parsed) return refuse(TokenFault::JwksBad, "key set is " + parsed.error().message);
  const auto list = parsed->root().find("keys");
  if (!list || !list->is_array()) {
    return refuse(TokenFault::JwksBad, "key set has no array \"keys\"");
  }
  KeySet set;
  for (size_t i = 0; i < list->size(); ++i) {
    auto entry = set.keys_.size() < kMaxKeys ? JwkReader::read(list->at(i)) : std::nullopt;
    if (entry) {
      set.keys_.push_back(*std::move(entry));
    } else {
      ++set.skipped_;
    }
  }
  if (set.keys_.empty()) return refuse(TokenFault::JwksBad, "key set has no usable key");
  return set;
}

std::expected<KeySet::Candidates, TokenFault> KeySet::choose(std::optional<std::string_view> kid,
                                                             crypto::Algorithm algorithm) const {
  Candidates candidates;
  bool named = false;
  size_t fitting = 0;
  for (const Entry& entry : keys_) {
    if (kid && (!entry.kid || *entry.kid != *kid)) continue;
    named = true;
    if (!entry.fits(algorithm)) continue;
    if (fitting < candidates.keys_.size()) candidates.keys_[fitting] = &entry.key;
    ++fitting;
  }
  if (!kid && fitting != 1) return std::unexpected(TokenFault::KidMissing);
  if (!named) return std::unexpected(TokenFault::UnknownKid);
  if (fitting == 0) return std::unexpected(TokenFault::AlgKeyMismatch);
  if (fitting > candidates.keys_.size()) return std::unexpected(TokenFault::KidAmbiguous);
  candidates.count_ = fitting;
  return candidates;
}

}  // namespace srasta::identity
