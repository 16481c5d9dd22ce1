#pragma once

#include "admin/sign_in/sign_in_rules.h"
#include "identity/claim_mapping.h"
#include "service/issuer_watch.h"

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::admin {

/// A provider that people may sign in at. Its rule may be another one after each wait.
struct Provider {
  Provider(const service::IssuerWatch::Parts& parts, ProviderRule of);

  ProviderRule rule;
  const identity::ClaimMapping mapping;
  std::list<net::Signal> waiting;  ///< set whenever the keys may have changed
  service::IssuerWatch watch;

  [[nodiscard]] const std::string& issuer() const { return rule.issuer.url; }
  /// What people know it by.
  [[nodiscard]] std::string label() const;
  /// Where the browser is sent to; empty: nothing is known of it, or not enough.
  [[nodiscard]] std::string authorization_endpoint() const;
};

/// All of them, with what is known of each kept fresh. On one loop.
class Providers {
 public:
  explicit Providers(const service::IssuerWatch::Parts& parts) : parts_(parts) {}

  /// Those that are the same keep what they know.
  void set(std::vector<ProviderRule> rules);
  /// From now on they are asked. The loop runs.
  void start();
  /// Cancels what runs; `stopped` once nothing runs any more.
  void stop();
  [[nodiscard]] bool stopped() const;

  [[nodiscard]] const std::vector<std::shared_ptr<Provider>>& all() const { return all_; }
  /// Null: there is none of that issuer.
  [[nodiscard]] std::shared_ptr<Provider> find(std::string_view issuer) const;

 private:
  const service::IssuerWatch::Parts parts_;
  std::vector<std::shared_ptr<Provider>> all_;
  std::vector<std::shared_ptr<Provider>> retired_;  // until what runs for them has ended
  bool started_ = false;
};

}  // namespace srasta::admin
