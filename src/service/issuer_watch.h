#pragma once

#include "base/log.h"
#include "identity/key_source.h"
#include "net/http_client.h"
#include "service/journal.h"

#include <functional>
#include <memory>
#include <string>

namespace srasta::service {

/// Fetches the documents of one issuer, discovery and keys, when its `KeySource` wants them, and
/// records what became of it. On one loop; it outlives its work, see `running`.
class IssuerWatch {
 public:
  struct Parts {
    net::Loop& loop;
    net::BlockingPool& blocking;
    base::Log& log;
    Journal& journal;
  };
  struct Settings {
    identity::KeySource::Settings source;
    std::string socket;  ///< of Unix, in place of the URL's host; empty: the host is asked
    std::shared_ptr<const net::TlsContext> tls;
  };
  /// `changed` is called on the loop whenever the keys may have.
  IssuerWatch(const Parts& parts, Settings settings, std::function<void()> changed);
  IssuerWatch(const IssuerWatch&) = delete;
  IssuerWatch& operator=(const IssuerWatch&) = delete;

  void start();
  /// Ends it once a fetch that runs is over.
  void cancel() { scope_.cancel(); }
  [[nodiscard]] bool running() const { return running_; }

  /// For connections from now on: the content of files may have changed.
  void use_tls(std::shared_ptr<const net::TlsContext> tls) { settings_.tls = std::move(tls); }

  [[nodiscard]] identity::KeySource::State state() const;
  /// The last good discovery document; null before the first one.
  [[nodiscard]] const identity::Discovery* discovery() const { return source_.discovery(); }
  /// A token named a key that is not in the set.
  identity::KeySource::Refresh refresh_for_unknown_key();

  /// How the issuer's server at `url` is reached.
  [[nodiscard]] net::HttpClientPool::Settings reach(const http::Url& url) const;
  /// Why an exchange with the issuer's server came to nothing.
  [[nodiscard]] static identity::TokenFault fault_of(const net::SimpleAnswer& answer);

 private:
  net::Task<void> keep();
  net::Task<net::SimpleAnswer> get(const std::string& url, net::Scope& scope);
  net::Task<void> fetch(identity::KeySource::Fetch fetch, net::Scope& scope);
  void record_failure(const identity::KeysFailure& failure);
  [[nodiscard]] const std::string& issuer() const { return settings_.source.location.issuer; }

  const Parts parts_;
  Settings settings_;
  const std::function<void()> changed_;
  identity::KeySource source_;
  net::Scope scope_;
  std::unique_ptr<net::Signal> asked_ = std::make_unique<net::Signal>();
  bool running_ = false;
  base::MonoTime next_failure_record_{};
};

}  // namespace srasta::service
