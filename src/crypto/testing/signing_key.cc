#include "crypto/testing/signing_key.h"

#include "base/check.h"
#include "base/encoding.h"
#include "crypto/evp.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace srasta::crypto {
namespace {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* stream) const { BIO_free_all(stream); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

const char* digest_name(Algorithm algorithm) {
  const std::string_view name = to_string(algorithm);
  if (name.ends_with("256")) return "SHA256";
  if (name.ends_with("384")) return "SHA384";
  return name.ends_with("512") ? "SHA512" : nullptr;
}

std::string number_member(EVP_PKEY* key, const char* parameter, int width) {
  BIGNUM* raw = nullptr;
  SRASTA_CHECK(EVP_PKEY_get_bn_param(key, parameter, &raw) == 1, "the key has this number");
  const Owned<BIGNUM> number(raw);
  std::string bytes(static_cast<size_t>(width == 0 ? BN_num_bytes(raw) : width), '\0');
  BN_bn2binpad(raw, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return base::to_base64url(bytes);
}

}  // namespace

struct SigningKey::Impl {
  KeyType type;
  Pkey key;
};

SigningKey::SigningKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate(KeyType type) {
  Pkey key;
  if (type == KeyType::Rsa) key.reset(EVP_RSA_gen(2048));
  if (type == KeyType::EcP256) key.reset(EVP_EC_gen("P-256"));
  if (type == KeyType::EcP384) key.reset(EVP_EC_gen("P-384"));
  if (type == KeyType::Ed25519) key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  SRASTA_CHECK(key != nullptr, "OpenSSL can make each of these keys");
  return SigningKey(std::make_unique<Impl>(Impl{type, std::move(key)}));
}

KeyType SigningKey::type() const {
  return impl_->type;
}

std::string SigningKey::sign(Algorithm algorithm, std::string_view message, int pss_salt) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  SRASTA_CHECK(EVP_DigestSignInit_ex(context.get(), &parameters, digest_name(algorithm), nullptr,
                                     nullptr, impl_->key.get(), nullptr) == 1,
               "the key can sign");
  if (to_string(algorithm).starts_with("PS")) {
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(
        parameters, pss_salt == kSaltAsLongAsHash ? RSA_PSS_SALTLEN_DIGEST : pss_salt);
  }
  std::string signature(512, '\0');
  size_t size = signature.size();
  SRASTA_CHECK(
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1,
      "the key can sign");
  signature.resize(size);
  if (impl_->type == KeyType::EcP256) return ecdsa_from_der(signature, 32);
  if (impl_->type == KeyType::EcP384) return ecdsa_from_der(signature, 48);
  return signature;
}

std::string SigningKey::jwk(std::string_view more) const {
  EVP_PKEY* const key = impl_->key.get();
  std::string text;
  if (impl_->type == KeyType::Rsa) {
    text = R"({"kty":"RSA","n":")" + number_member(key, OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
           number_member(key, OSSL_PKEY_PARAM_RSA_E, 0) + '"';
  } else if (impl_->type == KeyType::Ed25519) {
    unsigned char raw[32] = {};
    size_t size = sizeof raw;
    EVP_PKEY_get_raw_public_key(key, raw, &size);
    text = R"({"kty":"OKP","crv":"Ed25519","x":")" +
           base::to_base64url({reinterpret_cast<const char*>(raw), size}) + '"';
  } else {
    const bool small = impl_->type == KeyType::EcP256;
    text = std::string(R"({"kty":"EC","crv":")") + (small ? "P-256" : "P-384") + R"(","x":")" +
           number_member(key, OSSL_PKEY_PARAM_EC_PUB_X, small ? 32 : 48) + R"(","y":")" +
           number_member(key, OSSL_PKEY_PARAM_EC_PUB_Y, small ? 32 : 48) + '"';
  }
  if (!more.empty()) text.append(",").append(more);
  return text + "}";
}

std::string SigningKey::public_pem() const {
  const Owned<BIO> stream(BIO_new(BIO_s_mem()));
  SRASTA_CHECK(PEM_write_bio_PUBKEY(stream.get(), impl_->key.get()) == 1, "a key can be written");
  char* text = nullptr;
  const long size = BIO_get_mem_data(stream.get(), &text);
  return {text, static_cast<size_t>(size)};
}

}  // namespace srasta::crypto
