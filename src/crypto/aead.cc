#include "crypto/aead.h"

#include "base/check.h"

#include <memory>

#include <openssl/evp.h>

namespace srasta::crypto {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr int kTagBytes = 16;

struct ContextFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextFree>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

const EVP_CIPHER* method() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  SRASTA_CHECK(fetched != nullptr, "the default provider has AES-256-GCM");
  return fetched;
}

}  // namespace

base::Result<SecretBox> SecretBox::create(base::Secret key) {
  if (key.expose().size() != kKeyBytes) {
    return base::make_error(base::Code::Invalid, "a key of 32 bytes is needed");
  }
  return SecretBox(std::move(key));
}

std::string SecretBox::seal(std::string_view plain, std::string_view purpose,
                            base::Entropy& entropy) const {
  const std::string nonce = base::random_bytes(entropy, kNonceBytes);
  std::string sealed(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  bool done = EVP_EncryptInit_ex2(context.get(), method(), bytes(key_.expose()), bytes(nonce),
                                  nullptr) == 1;
  done = done && EVP_EncryptUpdate(context.get(), nullptr, &size, bytes(purpose),
                                   static_cast<int>(purpose.size())) == 1;
  done = done && EVP_EncryptUpdate(context.get(), bytes(sealed), &size, bytes(plain),
                                   static_cast<int>(plain.size())) == 1;
  done = done && EVP_EncryptFinal_ex(context.get(), bytes(tag), &size) == 1;
  done =
      done && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag.data()) == 1;
  SRASTA_CHECK(done, "AES-256-GCM encrypts what fits into memory");
  return nonce + sealed + tag;
}

base::Result<base::Secret> SecretBox::open(std::string_view sealed,
                                           std::string_view purpose) const {
  const auto refused = [] {
    return base::make_error(base::Code::Denied, "a sealed secret that this key does not open");
  };
  if (sealed.size() < kNonceBytes + kTagBytes) return refused();
  const std::string_view nonce = sealed.substr(0, kNonceBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string plain(body.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  bool done = EVP_DecryptInit_ex2(context.get(), method(), bytes(key_.expose()), bytes(nonce),
                                  nullptr) == 1;
  done = done && EVP_DecryptUpdate(context.get(), nullptr, &size, bytes(purpose),
                                   static_cast<int>(purpose.size())) == 1;
  done = done && EVP_DecryptUpdate(context.get(), bytes(plain), &size, bytes(body),
                                   static_cast<int>(body.size())) == 1;
  done =
      done && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1;
  std::string none(1, '\0');
  done = done && EVP_DecryptFinal_ex(context.get(), bytes(none), &size) == 1;
  base::Secret opened(std::move(plain));
  if (!done) return refused();
  return opened;
}

}  // namespace srasta::crypto
