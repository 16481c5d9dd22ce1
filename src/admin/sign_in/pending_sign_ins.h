#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/hash.h"

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>

namespace srasta::admin {

/// A sign-in that is under way at a provider.
struct PendingSignIn {
  std::string issuer;
  std::string redirect_uri;
  std::string nonce;
  base::Secret verifier;            ///< of PKCE
  crypto::Digest browser{};         ///< of the cookie of who began it
  crypto::Digest session_before{};  ///< of the session's cookie that he had then
  std::string return_to;
};

/// Those that are, by the digest of their state. Each is given back once. They live in memory: a
/// restart forgets them. When a source, or all of them, begin more than there is room for, their
/// oldest one goes. For one thread.
class PendingSignIns {
 public:
  struct Settings {
    base::Seconds lifetime{600};
    size_t most = 8192;
    size_t most_of_source = 64;
  };
  PendingSignIns() : PendingSignIns(Settings()) {}
  explicit PendingSignIns(Settings settings) : settings_(settings) {}

  /// `source`: the network that limits go by.
  void keep(const crypto::Digest& state, std::string source, PendingSignIn sign_in,
            base::MonoTime now);
  /// Whatever comes of it, the state is spent. Nothing: unknown, used or too old.
  [[nodiscard]] std::optional<PendingSignIn> take(const crypto::Digest& state, base::MonoTime now);
  [[nodiscard]] size_t size() const { return by_state_.size(); }

 private:
  struct Entry {
    crypto::Digest state;
    std::string source;
    PendingSignIn sign_in;
    base::MonoTime expires;
  };
  using Entries = std::list<Entry>;  // the oldest first
  void erase(Entries::iterator entry);
  void forget_expired(base::MonoTime now);

  const Settings settings_;
  Entries entries_;
  std::map<crypto::Digest, Entries::iterator> by_state_;
  std::map<std::string, size_t> of_source_;
};

}  // namespace srasta::admin
