#pragma once

#include "base/entropy.h"
#include "base/log.h"
#include "net/task.h"
#include "tools/call.h"
#include "tools/changing.h"
#include "tools/store_thread.h"

#include <string>
#include <vector>

namespace srasta::tools {

/// A branch that somebody wants merged: what it was and would change when it was asked for.
struct MergeRequest {
  std::string id;
  std::string tenant;
  std::string requester;  ///< subject
  std::string repository;
  std::string title;
  std::string source, source_oid;  ///< full name, and where it was
  std::string target, target_oid;
  int64_t commits = 0;
  std::string changes = "[]";  ///< a JSON array, without text of files
  std::string digest;          ///< of them, hexadecimal
  std::string approval = {};   ///< that let it through; empty: none was needed
  int64_t created = 0;
};
/// A JSON object. Nothing takes a request to a forge.
[[nodiscard]] std::string merge_request_json(const MergeRequest& request);

/// Merge requests on disk. For one loop.
class MergeRequests {
 public:
  struct Parts {
    base::Entropy& entropy;
    base::Log& log;
    StoreThread& store;
  };
  explicit MergeRequests(const Parts& parts) : parts_(parts) {}
  MergeRequests(const MergeRequests&) = delete;
  MergeRequests& operator=(const MergeRequests&) = delete;

  /// Keeps one; what its caller is told. REPO_UNAVAILABLE when it cannot be kept.
  net::Task<OrReason<std::string>> open(const Call& call, const Prepared& prepared);
  /// Of a tenant, the latest first.
  net::Task<base::Result<std::vector<MergeRequest>>> list(std::string tenant);

 private:
  [[nodiscard]] MergeRequest make(const Call& call, const Prepared& prepared,
                                  const Plan& plan) const;

  const Parts parts_;
};

}  // namespace srasta::tools
