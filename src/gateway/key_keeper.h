#pragma once

#include "base/log.h"
#include "config/config.h"
#include "identity/authenticator.h"
#include "identity/issuer.h"
#include "identity/key_source.h"
#include "service/issuer_watch.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace srasta::gateway {

/// Keeps the keys of every configured issuer fresh and builds the identity snapshots that the cores
/// use. Lives on one loop; `publish` is called there whenever something changed.
class KeyKeeper {
  struct Key {};

 public:
  using Publish = std::function<void(std::shared_ptr<const identity::IdentitySnapshot>)>;

  using Parts = service::IssuerWatch::Parts;
  static base::Result<std::unique_ptr<KeyKeeper>> create(const Parts& parts,
                                                         const config::Config& config,
                                                         Publish publish);
  KeyKeeper(Key, const Parts& parts, Publish publish);
  KeyKeeper(const KeyKeeper&) = delete;
  KeyKeeper& operator=(const KeyKeeper&) = delete;
  ~KeyKeeper();

  /// Publishes the first snapshot and starts fetching. `local`: the built-in issuer, whose keys
  /// need no fetching.
  void start(const identity::Issuer& local);
  /// Who may do what from now on; null: nobody anything. Publishes.
  void set_access(std::shared_ptr<const access::AccessSnapshot> access);
  /// Takes issuers of another configuration over and publishes. Issuers that are the
  /// same keep their keys. On an error nothing has changed.
  base::Result<void> apply(const config::Config& config);
  /// Cancels what runs; `stopped` once nothing runs any more.
  void stop();
  [[nodiscard]] bool stopped() const;

  /// A token named a key of `issuer` that is not in its set.
  identity::KeySource::Refresh refresh_for_unknown_key(const std::string& issuer);

 private:
  struct Remote;

  /// The built-in issuer's keys: the one of the host, and those that the access rules name.
  void renew_local_keys();
  void publish();

  /// The issuers of `config`, those that are the same taken from `remotes_` by index.
  struct Wanted;
  [[nodiscard]] base::Result<std::vector<Wanted>> wanted_of(const config::Config& config);
  void take_over(std::vector<Wanted> wanted);

  const Parts parts_;
  const Publish publish_;
  std::shared_ptr<const access::AccessSnapshot> access_;
  identity::TrustedIssuer local_;
  std::string host_jwk_;    // of the key on the host
  std::string local_jwks_;  // that `local_` has
  std::vector<std::unique_ptr<Remote>> remotes_;
  std::vector<std::unique_ptr<Remote>> retired_;  // until what runs for them has ended
  uint64_t revision_ = 1;
  uint64_t access_serial_ = 0;
};

}  // namespace srasta::gateway
