#include "identity/license_file.h"

#include "base/encoding.h"
#include "config/operator_file.h"
#include "identity/token.h"
#include "json/writer.h"

#include <algorithm>
#include <array>
#include <sys/stat.h>

namespace srasta::identity {
namespace {

using Unexpected = std::unexpected<std::string_view>;

constexpr size_t kKeyBytes = 32;
constexpr uint64_t kMostKeyFile = 1024;
constexpr std::array<std::string_view, 2> kEditions = {"team", "enterprise"};
/// RFC 8032 section 7.1, tests 1 to 3: everybody has their private halves.
constexpr std::array<std::string_view, 3> kPrintedKeys = {
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"};

std::optional<std::string> text_of(json::Value payload, std::string_view name) {
  const auto value = payload.find(name);
  const auto text = value ? value->string() : std::nullopt;
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<int64_t> number_of(json::Value payload, std::string_view name) {
  const auto value = payload.find(name);
  return value ? value->integer() : std::nullopt;
}

/// Members of `crit` are names of claims that whoever reads the license must understand.
bool understands_all(json::Value payload) {
  const auto crit = payload.find("crit");
  if (!crit) return true;
  const auto names = json::texts_of(*crit);
  constexpr std::array<std::string_view, 4> kKnown = {"edition", "install", "seats", "exp"};
  return names && std::ranges::all_of(*names, [&](const std::string& name) {
           return std::ranges::find(kKnown, name) != kKnown.end();
         });
}

std::expected<access::License, std::string_view> license_in(json::Value payload) {
  access::License license;
  const auto id = text_of(payload, "jti");
  const auto customer = text_of(payload, "sub");
  const auto edition = text_of(payload, "edition");
  const auto begins = number_of(payload, "nbf");
  const auto ends = number_of(payload, "exp");
  if (!id || !customer || !edition || !begins || !ends || *ends <= *begins) {
    return Unexpected("claim_type");
  }
  if (std::ranges::find(kEditions, *edition) == kEditions.end()) return Unexpected("edition");
  if (payload.find("seats")) {
    license.seats = number_of(payload, "seats");
    if (!license.seats || *license.seats < 0) return Unexpected("claim_type");
  }
  license.id = *id;
  license.customer = *customer;
  license.edition = *edition;
  license.not_before = *begins;
  license.expires = *ends;
  return license;
}

base::Error bad_key(const std::string& option, const std::string& file, const std::string& why) {
  return base::make_error(base::Code::Invalid, option + ": " + file + ": " + why);
}

}  // namespace

base::Result<std::string> sign_license(const LicenseTerms& terms, const crypto::PrivateKey& key) {
  if (key.type() != crypto::KeyType::Ed25519) {
    return base::make_error(base::Code::Invalid, "licenses are signed with an Ed25519 key");
  }
  json::Writer payload;
  payload.begin_object().member("aud", kLicenseAudience);
  payload.member("jti", std::string_view(terms.license.id));
  payload.member("sub", std::string_view(terms.license.customer));
  payload.member("edition", std::string_view(terms.license.edition));
  payload.member("nbf", terms.license.not_before).member("exp", terms.license.expires);
  if (!terms.install.empty()) payload.member("install", std::string_view(terms.install));
  if (terms.license.seats) payload.member("seats", *terms.license.seats);
  payload.end_object();
  const std::string input = base::to_base64url(R"({"alg":"EdDSA","typ":"JWT"})") + "." +
                            base::to_base64url(payload.text());
  SRASTA_TRY_ASSIGN(const std::string signature, key.sign(input));
  return input + "." + base::to_base64url(signature);
}

std::expected<access::License, std::string_view> read_license(
    std::string_view text, std::span<const crypto::PublicKey> keys, std::string_view install,
    int64_t now) {
  const auto token = parse_token(text);
  if (!token) return Unexpected(token.error() == TokenFault::Crit ? "crit" : "signature");
  const bool is_signed =
      token->algorithm == "EdDSA" && std::ranges::any_of(keys, [&](const crypto::PublicKey& key) {
        return key.verify(crypto::Algorithm::EdDSA, token->signing_input, token->signature);
      });
  const json::Value payload = token->payload.root();
  if (!is_signed || text_of(payload, "aud") != kLicenseAudience) return Unexpected("signature");
  if (!understands_all(payload)) return Unexpected("crit");
  auto license = license_in(payload);
  if (!license) return license;
  if (payload.find("install") && text_of(payload, "install") != install) {
    return Unexpected("install");
  }
  if (license->not_before > now) return Unexpected("nbf");
  return license;
}

base::Result<std::vector<crypto::PublicKey>> read_signer_keys(const std::string& option,
                                                              std::span<const std::string> files) {
  std::vector<crypto::PublicKey> keys;
  for (const std::string& file : files) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return bad_key(option, file, "cannot be read");
    if ((status.st_mode & 022) != 0) {
      return bad_key(option, file, "others may write it; mend it with: chmod go-w " + file);
    }
    auto text = config::read_operator_file(file, kMostKeyFile);
    if (!text) return bad_key(option, file, text.error().message);
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    const auto raw = base::from_base64url(*text);
    if (!raw || raw->size() != kKeyBytes) {
      return bad_key(option, file, "is not the base64url of an Ed25519 public key");
    }
    if (std::ranges::find(kPrintedKeys, base::to_hex(*raw)) != kPrintedKeys.end()) {
      return bad_key(option, file, "is a key that RFC 8032 prints: everybody can sign with it");
    }
    auto key = crypto::PublicKey::ed25519(*raw);
    if (!key) return bad_key(option, file, key.error().message);
    keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace srasta::identity
