#include "crypto/hash.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace srasta::crypto {
namespace {

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextFree>;

// Fetched once: OpenSSL 3 looks the algorithm up by name at every use of EVP_sha256().
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  SRASTA_CHECK(method != nullptr, "the default provider has SHA-256");
  return method;
}

EVP_MD_CTX* context_of_this_thread() {
  static thread_local const Context context(EVP_MD_CTX_new());
  return context.get();
}

std::string digest_of(const EVP_MD* method, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int done =
      EVP_Digest(message.data(), message.size(), digest.data(), &size, method, nullptr);
  SRASTA_CHECK(done == 1, "hashing memory cannot fail");
  return {digest.begin(), digest.begin() + size};
}

}  // namespace

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::optional<Digest> digest_from(std::string_view bytes) {
  Digest digest{};
  if (bytes.size() != digest.size()) return std::nullopt;
  std::ranges::transform(bytes, digest.begin(), [](char c) { return static_cast<uint8_t>(c); });
  return digest;
}

Digest sha256(std::string_view message) {
  return sha256_joined({message});
}

Digest sha256_joined(std::initializer_list<std::string_view> parts) {
  // A call of OpenSSL costs more than hashing the few bytes of a tree's node: small parts go in
  // one.
  std::array<char, 128> joined;
  size_t held = 0;
  Digest digest{};
  EVP_MD_CTX* const context = context_of_this_thread();
  bool done = EVP_DigestInit_ex2(context, sha256_method(), nullptr) == 1;
  const auto hash = [&](const char* bytes, size_t size) {
    done = done && EVP_DigestUpdate(context, bytes, size) == 1;
  };
  for (const std::string_view part : parts) {
    if (part.size() <= joined.size() - held) {
      std::ranges::copy(part, joined.begin() + static_cast<std::ptrdiff_t>(held));
      held += part.size();
      continue;
    }
    hash(joined.data(), std::exchange(held, 0));
    hash(part.data(), part.size());
  }
  if (held > 0) hash(joined.data(), held);
  done = done && EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
  SRASTA_CHECK(done, "hashing memory cannot fail");
  return digest;
}

struct Sha256::State {
  Context context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  SRASTA_CHECK(EVP_DigestInit_ex2(state_->context.get(), sha256_method(), nullptr) == 1,
               "a fetched digest can be started");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view part) {
  SRASTA_CHECK(EVP_DigestUpdate(state_->context.get(), part.data(), part.size()) == 1,
               "hashing memory cannot fail");
}

Digest Sha256::finish() {
  Digest digest{};
  EVP_MD_CTX* const context = state_->context.get();
  const bool done = EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1 &&
                    EVP_DigestInit_ex2(context, sha256_method(), nullptr) == 1;
  SRASTA_CHECK(done, "hashing memory cannot fail");
  return digest;
}

std::string sha384(std::string_view message) {
  return digest_of(EVP_sha384(), message);
}

std::string sha512(std::string_view message) {
  return digest_of(EVP_sha512(), message);
}

std::array<uint8_t, 20> hmac_sha1(std::string_view key, std::string_view message) {
  std::array<uint8_t, 20> digest{};
  unsigned size = 0;
  const unsigned char* const done = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
                                         reinterpret_cast<const unsigned char*>(message.data()),
                                         message.size(), digest.data(), &size);
  SRASTA_CHECK(done != nullptr && size == digest.size(), "HMAC over memory cannot fail");
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  Digest digest{};
  unsigned size = 0;
  const unsigned char* const done = HMAC(sha256_method(), key.data(), static_cast<int>(key.size()),
                                         reinterpret_cast<const unsigned char*>(message.data()),
                                         message.size(), digest.data(), &size);
  SRASTA_CHECK(done != nullptr && size == digest.size(), "HMAC over memory cannot fail");
  return digest;
}

}  // namespace srasta::crypto
