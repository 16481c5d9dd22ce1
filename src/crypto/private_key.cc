#include "base/check.h"
#include "crypto/evp.h"
#include "crypto/signature.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace srasta::crypto {
namespace {

using base::Code;
using base::make_error;

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* stream) const { BIO_free_all(stream); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

base::Result<KeyType> type_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyType::Ed25519;
  char group[32] = {};
  if (EVP_PKEY_is_a(key, "EC") == 1 &&
      EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                     nullptr) == 1 &&
      std::string_view(group) == "prime256v1") {
    return KeyType::EcP256;
  }
  return make_error(Code::Unsupported, "private keys must be P-256 or Ed25519");
}

}  // namespace

struct PrivateKey::Impl {
  KeyType type;
  Pkey key;
};

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

KeyType PrivateKey::type() const {
  return impl_->type;
}

base::Result<PrivateKey> PrivateKey::generate(KeyType type) {
  Pkey key;
  if (type == KeyType::EcP256) key.reset(EVP_EC_gen("P-256"));
  if (type == KeyType::Ed25519) key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (key == nullptr) return make_error(Code::Unsupported, "private keys must be P-256 or Ed25519");
  return PrivateKey(std::make_unique<Impl>(Impl{type, std::move(key)}));
}

base::Result<PrivateKey> PrivateKey::from_pem(const base::Secret& pem) {
  const Owned<BIO> stream(
      BIO_new_mem_buf(pem.expose().data(), static_cast<int>(pem.expose().size())));
  const auto refuse_passphrase = [](char*, int, int, void*) { return -1; };
  Pkey key(PEM_read_bio_PrivateKey(stream.get(), nullptr, refuse_passphrase, nullptr));
  if (key == nullptr) {
    ERR_clear_error();
    return make_error(Code::Invalid, "not a PEM private key without passphrase");
  }
  SRASTA_TRY_ASSIGN(const KeyType type, type_of(key.get()));
  return PrivateKey(std::make_unique<Impl>(Impl{type, std::move(key)}));
}

base::Secret PrivateKey::to_pem() const {
  const Owned<BIO> stream(BIO_new(BIO_s_secmem()));
  const int done = PEM_write_bio_PKCS8PrivateKey(stream.get(), impl_->key.get(), nullptr, nullptr,
                                                 0, nullptr, nullptr);
  SRASTA_CHECK(done == 1, "a key that was made can be written");
  char* text = nullptr;
  const long size = BIO_get_mem_data(stream.get(), &text);
  return base::Secret(std::string(text, static_cast<size_t>(size)));
}

base::Result<std::string> PrivateKey::sign(std::string_view message) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool ec = impl_->type == KeyType::EcP256;
  std::string signature(128, '\0');
  size_t size = signature.size();
  if (EVP_DigestSignInit_ex(context.get(), nullptr, ec ? "SHA256" : nullptr, nullptr, nullptr,
                            impl_->key.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1) {
    ERR_clear_error();
    return make_error(Code::Internal, "signing failed");
  }
  signature.resize(size);
  return ec ? ecdsa_from_der(signature, 32) : signature;
}

std::string PrivateKey::public_bytes() const {
  unsigned char buffer[128] = {};
  size_t size = sizeof buffer;
  if (impl_->type == KeyType::Ed25519) {
    SRASTA_CHECK(EVP_PKEY_get_raw_public_key(impl_->key.get(), buffer, &size) == 1,
                 "an Ed25519 key has a raw form");
    return {reinterpret_cast<const char*>(buffer), size};
  }
  SRASTA_CHECK(EVP_PKEY_get_octet_string_param(impl_->key.get(), OSSL_PKEY_PARAM_PUB_KEY, buffer,
                                               sizeof buffer, &size) == 1 &&
                   size == 65 && buffer[0] == 4,
               "a P-256 key has an uncompressed point");
  return {reinterpret_cast<const char*>(buffer) + 1, 64};
}

}  // namespace srasta::crypto
