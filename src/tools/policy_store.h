#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/signature.h"
#include "git/repository.h"
#include "policy/policy.h"
#include "service/journal.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tools {

/// The policy of one tenant as calls are judged by it, with the repositories that it names. One
/// that could not be registered is not among them. Immutable.
struct TenantPolicy {
  policy::Policy policy;
  std::map<std::string, git::Registration, std::less<>> repositories;  ///< by id
};

/// The policies in force. A document that is not signed, not valid, of a lower version than the
/// one before, or of the same version with other content is not taken: the one before stays in
/// force, across restarts too as long as its file is there, and the log says why. For one loop.
class PolicyStore {
 public:
  struct Settings {
    std::vector<std::string> files;             ///< each with its signature beside it
    std::vector<crypto::PublicKey> keys;        ///< whose signatures count
    std::vector<std::string> repository_roots;  ///< canonical; repositories lie below one of them
    std::string state_folder;                   ///< what was in force last is kept there
  };
  struct Parts {
    base::FileSystem& files;
    base::Log& log;
    service::Journal& journal;
  };
  PolicyStore(Settings settings, const Parts& parts);

  /// Reads all documents. At the start, and when the configuration is read again.
  void load();

  /// Null when no policy is in force for this tenant.
  [[nodiscard]] std::shared_ptr<const TenantPolicy> of(std::string_view tenant) const;
  [[nodiscard]] size_t count() const { return policies_.size(); }

 private:
  struct Document {
    std::string bytes;
    std::string signature;
  };
  [[nodiscard]] base::Result<Document> read(const std::string& file) const;
  /// Empty when it is in force now; else the reason, by which the log calls it.
  std::string_view take(const Document& document, const std::string& place, bool restored);
  void restore();
  [[nodiscard]] std::string kept_file(const std::string& file) const;
  void keep(const std::string& file, const Document& document);
  void look_again(const std::string& tenant);
  void tell(const std::string& place, std::string_view why, const std::string& detail) const;
  [[nodiscard]] std::shared_ptr<const TenantPolicy> with_repositories(policy::Policy policy) const;

  const Settings settings_;
  const Parts parts_;
  std::map<std::string, std::shared_ptr<const TenantPolicy>, std::less<>> policies_;
};

}  // namespace srasta::tools
