#include "tlog/note_key.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "tlog/base64.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace srasta::tlog {
namespace {

using base::Code;
using base::Error;
using base::make_error;
using base::Result;
using base::Secret;

constexpr std::string_view kPrivate = "PRIVATE+KEY+";
constexpr size_t kKeyBytes = 32;
constexpr size_t kIdDigits = 8;
constexpr size_t kMostKeyTextBytes = 512;

// UTF-8 of the characters with the property White_Space, beyond the ASCII ones.
constexpr std::array<std::string_view, 19> kWideSpaces = {
    "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A",
    "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

char type_byte(SignatureType type) {
  return static_cast<char>(type);
}

std::optional<SignatureType> type_of(char byte) {
  for (const SignatureType type : {SignatureType::Ed25519, SignatureType::CosignatureV1}) {
    if (byte == type_byte(type)) return type;
  }
  return std::nullopt;
}

/// `<name>+<id>+<key data>`; the views are into what was parsed.
struct KeyText {
  std::string_view name;
  std::string_view id;
  SignatureType type;
  std::string key;
};

Result<KeyText> parse_key_text(std::string_view text) {
  const auto refused = [] { return make_error(Code::Invalid, "not a key of signed notes"); };
  if (text.size() > kMostKeyTextBytes) return refused();
  const size_t name_end = text.find('+');
  if (name_end == std::string_view::npos) return refused();
  const size_t id_end = text.find('+', name_end + 1);
  if (id_end == std::string_view::npos) return refused();
  const std::string_view id = text.substr(name_end + 1, id_end - name_end - 1);
  auto data = base::from_base64(text.substr(id_end + 1));
  if (id.size() != kIdDigits || !base::from_hex(id) || !data || data->empty()) return refused();
  const auto type = type_of(data->front());
  if (!type) return make_error(Code::Unsupported, "not an Ed25519 key of signed notes");
  if (data->size() != 1 + kKeyBytes) return refused();
  KeyText parsed{text.substr(0, name_end), id, *type, data->substr(1)};
  base::wipe(*data);
  return parsed;
}

Error wrong_id() {
  return make_error(Code::Invalid, "the id of the key is not that of its name and key data");
}

// An Ed25519 key as PKCS #8 (RFC 8410 section 7): this, then the seed.
constexpr std::string_view kSeedPrefix(
    "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
constexpr std::string_view kPemBegin = "-----BEGIN PRIVATE KEY-----\n";
constexpr std::string_view kPemEnd = "\n-----END PRIVATE KEY-----\n";

Result<crypto::PrivateKey> key_from_seed(std::string_view seed) {
  std::string der(kSeedPrefix);
  der.append(seed);
  std::string base64 = base::to_base64(der);
  base::wipe(der);
  std::string pem(kPemBegin);
  pem.reserve(kPemBegin.size() + base64.size() + kPemEnd.size());
  pem.append(base64).append(kPemEnd);
  base::wipe(base64);
  return crypto::PrivateKey::from_pem(Secret(std::move(pem)));
}

/// The type byte and the seed.
std::string private_data(SignatureType type, const crypto::PrivateKey& key) {
  const Secret pem = key.to_pem();
  std::string_view text = pem.expose();
  if (text.starts_with(kPemBegin)) text.remove_prefix(kPemBegin.size());
  if (text.ends_with(kPemEnd)) text.remove_suffix(kPemEnd.size());
  auto der = base::from_base64(text);
  SRASTA_CHECK(
      der && der->starts_with(kSeedPrefix) && der->size() == kSeedPrefix.size() + kKeyBytes,
      "an Ed25519 key is written as RFC 8410 says");
  std::string data;
  data.reserve(1 + kKeyBytes);
  data += type_byte(type);
  data.append(*der, kSeedPrefix.size());
  base::wipe(*der);
  return data;
}

}  // namespace

KeyId key_id(std::string_view name, SignatureType type, std::string_view public_key) {
  const char byte = type_byte(type);
  const crypto::Digest hash = crypto::sha256_joined({name, "\n", {&byte, 1}, public_key});
  return static_cast<KeyId>(hash[0]) << 24 | static_cast<KeyId>(hash[1]) << 16 |
         static_cast<KeyId>(hash[2]) << 8 | hash[3];
}

std::string key_id_hex(KeyId id) {
  const char bytes[] = {static_cast<char>(id >> 24), static_cast<char>(id >> 16),
                        static_cast<char>(id >> 8), static_cast<char>(id)};
  return base::to_hex({bytes, sizeof bytes});
}

bool is_key_name(std::string_view name) {
  return !name.empty() && base::is_utf8(name) && std::ranges::none_of(name, [](char c) {
    return static_cast<uint8_t>(c) <= 0x20 || c == '+';
  }) && std::ranges::none_of(kWideSpaces, [&](std::string_view space) {
    return name.contains(space);
  });
}

VerifierKey::VerifierKey(std::string name, SignatureType type, std::string_view public_key,
                         crypto::PublicKey key)
    : name_(std::move(name)),
      type_(type),
      id_(key_id(name_, type, public_key)),
      public_key_(public_key),
      key_(std::make_shared<const crypto::PublicKey>(std::move(key))) {}

Result<VerifierKey> VerifierKey::make(std::string name, SignatureType type,
                                      std::string_view public_key) {
  if (!is_key_name(name) || name.size() > kMostKeyNameBytes) {
    return make_error(Code::Invalid, "not a name of a key of signed notes");
  }
  SRASTA_TRY_ASSIGN(crypto::PublicKey key, crypto::PublicKey::ed25519(public_key));
  return VerifierKey(std::move(name), type, public_key, std::move(key));
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  SRASTA_TRY_ASSIGN(const KeyText parsed, parse_key_text(text));
  SRASTA_TRY_ASSIGN(VerifierKey key, make(std::string(parsed.name), parsed.type, parsed.key));
  if (key_id_hex(key.id()) != parsed.id) return wrong_id();
  return key;
}

std::string VerifierKey::to_text() const {
  return name_ + "+" + key_id_hex(id_) + "+" + base::to_base64(type_byte(type_) + public_key_);
}

bool VerifierKey::verify(std::string_view message, std::string_view signature) const {
  return key_->verify(crypto::Algorithm::EdDSA, message, signature);
}

bool VerifierKey::operator==(const VerifierKey& other) const {
  return name_ == other.name_ && type_ == other.type_ && public_key_ == other.public_key_;
}

SignerKey::SignerKey(VerifierKey verifier, crypto::PrivateKey key)
    : verifier_(std::move(verifier)), key_(std::move(key)) {}

Result<SignerKey> SignerKey::make(std::string name, SignatureType type, crypto::PrivateKey key) {
  if (key.type() != crypto::KeyType::Ed25519) {
    return make_error(Code::Unsupported, "notes are signed with Ed25519 keys");
  }
  SRASTA_TRY_ASSIGN(VerifierKey verifier,
                    VerifierKey::make(std::move(name), type, key.public_bytes()));
  return SignerKey(std::move(verifier), std::move(key));
}

Result<SignerKey> SignerKey::parse(const Secret& text) {
  std::string_view rest = text.expose();
  if (!rest.starts_with(kPrivate)) {
    return make_error(Code::Invalid, "not a private key of signed notes");
  }
  rest.remove_prefix(kPrivate.size());
  SRASTA_TRY_ASSIGN(KeyText parsed, parse_key_text(rest));
  auto key = key_from_seed(parsed.key);
  base::wipe(parsed.key);
  if (!key) return std::move(key).error();
  SRASTA_TRY_ASSIGN(SignerKey signer, make(std::string(parsed.name), parsed.type, *std::move(key)));
  if (key_id_hex(signer.id()) != parsed.id) return wrong_id();
  return signer;
}

Secret SignerKey::to_text() const {
  std::string data = private_data(type(), key_);
  std::string base64 = base::to_base64(data);
  base::wipe(data);
  std::string text(kPrivate);
  text.reserve(kMostKeyTextBytes);
  text.append(name()).append("+").append(key_id_hex(id())).append("+").append(base64);
  base::wipe(base64);
  return Secret(std::move(text));
}

Result<std::string> SignerKey::sign(std::string_view message) const {
  return key_.sign(message);
}

}  // namespace srasta::tlog
