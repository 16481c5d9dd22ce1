#include "crypto/evp.h"
#include "crypto/signature.h"

#include <array>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

namespace srasta::crypto {
namespace {

using base::Code;
using base::make_error;

constexpr std::array kAlgorithms = {
    std::pair{Algorithm::RS256, std::string_view("RS256")},
    std::pair{Algorithm::RS384, std::string_view("RS384")},
    std::pair{Algorithm::RS512, std::string_view("RS512")},
    std::pair{Algorithm::PS256, std::string_view("PS256")},
    std::pair{Algorithm::PS384, std::string_view("PS384")},
    std::pair{Algorithm::PS512, std::string_view("PS512")},
    std::pair{Algorithm::ES256, std::string_view("ES256")},
    std::pair{Algorithm::ES384, std::string_view("ES384")},
    std::pair{Algorithm::EdDSA, std::string_view("EdDSA")},
};

constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
template <typename T>
using Owned = std::unique_ptr<T, ContextFree>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Pkey from_parameters(const char* type, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return Pkey(key);
}

const EVP_MD* digest_of(Algorithm algorithm) {
  static const std::array<const EVP_MD*, 3> methods = {EVP_MD_fetch(nullptr, "SHA256", nullptr),
                                                       EVP_MD_fetch(nullptr, "SHA384", nullptr),
                                                       EVP_MD_fetch(nullptr, "SHA512", nullptr)};
  switch (algorithm) {
    case Algorithm::RS256:
    case Algorithm::PS256:
    case Algorithm::ES256:
      return methods[0];
    case Algorithm::RS384:
    case Algorithm::PS384:
    case Algorithm::ES384:
      return methods[1];
    case Algorithm::RS512:
    case Algorithm::PS512:
      return methods[2];
    case Algorithm::EdDSA:
      return nullptr;
  }
  return nullptr;
}

bool is_pss(Algorithm algorithm) {
  return algorithm == Algorithm::PS256 || algorithm == Algorithm::PS384 ||
         algorithm == Algorithm::PS512;
}

bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
  for (const auto& [value, name] : kAlgorithms) {
    if (value == algorithm) return name;
  }
  return "";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  for (const auto& [value, known] : kAlgorithms) {
    if (known == name) return value;
  }
  return std::nullopt;
}

bool fits(KeyType type, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ES256:
      return type == KeyType::EcP256;
    case Algorithm::ES384:
      return type == KeyType::EcP384;
    case Algorithm::EdDSA:
      return type == KeyType::Ed25519;
    default:
      return type == KeyType::Rsa;
  }
}

struct PublicKey::Impl {
  KeyType type;
  Pkey key;
};

PublicKey::PublicKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

KeyType PublicKey::type() const {
  return impl_->type;
}

base::Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent) {
  const Owned<BIGNUM> n(BN_bin2bn(bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  const Owned<BIGNUM> e(BN_bin2bn(bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  const int bits = BN_num_bits(n.get());
  if (bits < kLeastRsaBits || bits > kMostRsaBits) {
    return make_error(Code::Invalid, "RSA modulus must have 2048 to 8192 bits");
  }
  if (exponent.size() > 8 || !BN_is_odd(e.get()) || BN_is_one(e.get())) {
    return make_error(Code::Invalid, "RSA exponent is not acceptable");
  }
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  Pkey key = from_parameters("RSA", builder.get());
  if (key == nullptr) return make_error(Code::Invalid, "not an RSA key");
  return PublicKey(std::make_unique<Impl>(Impl{KeyType::Rsa, std::move(key)}));
}

base::Result<PublicKey> PublicKey::ec(KeyType curve, std::string_view x, std::string_view y) {
  const size_t width = curve == KeyType::EcP256 ? 32 : 48;
  if ((curve != KeyType::EcP256 && curve != KeyType::EcP384) || x.size() != width ||
      y.size() != width) {
    return make_error(Code::Invalid, "EC coordinates have the wrong size for the curve");
  }
  std::string point = "\x04";
  point.append(x).append(y);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                  curve == KeyType::EcP256 ? "P-256" : "P-384", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  Pkey key = from_parameters("EC", builder.get());
  if (key == nullptr) return make_error(Code::Invalid, "EC point is not on the curve");
  return PublicKey(std::make_unique<Impl>(Impl{curve, std::move(key)}));
}

base::Result<PublicKey> PublicKey::ed25519(std::string_view raw) {
  Pkey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(raw), raw.size()));
  if (key == nullptr) {
    ERR_clear_error();
    return make_error(Code::Invalid, "an Ed25519 key has 32 bytes");
  }
  return PublicKey(std::make_unique<Impl>(Impl{KeyType::Ed25519, std::move(key)}));
}

bool PublicKey::verify(Algorithm algorithm, std::string_view message,
                       std::string_view signature) const {
  if (!fits(impl_->type, algorithm)) return false;
  std::string der;
  if (impl_->type == KeyType::EcP256 || impl_->type == KeyType::EcP384) {
    if (signature.size() != (impl_->type == KeyType::EcP256 ? 64U : 96U)) return false;
    der = ecdsa_to_der(signature);
    signature = der;
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  const bool right = EVP_DigestVerifyInit(context.get(), &parameters, digest_of(algorithm), nullptr,
                                          impl_->key.get()) == 1 &&
                     (!is_pss(algorithm) || use_pss(parameters)) &&
                     EVP_DigestVerify(context.get(), bytes(signature), signature.size(),
                                      bytes(message), message.size()) == 1;
  if (!right) ERR_clear_error();
  return right;
}

}  // namespace srasta::crypto
