#pragma once

#include "base/clock.h"
#include "service/journal.h"
#include "service/request.h"
#include "service/route_table.h"
#include "tools/merge_requests.h"
#include "tools/policy_store.h"

namespace srasta::tools {

/// The route at which people find what agents want merged.
class MergeRequestsCore {
 public:
  struct Parts {
    const base::Clock& clock;
    const PolicyStore& policies;
    service::Journal& journal;
    MergeRequests& merges;
  };
  explicit MergeRequestsCore(const Parts& parts) : parts_(parts) {}
  MergeRequestsCore(const MergeRequestsCore&) = delete;
  MergeRequestsCore& operator=(const MergeRequestsCore&) = delete;

  void bind(service::RouteTable& table);

 private:
  /// Those of repositories that the caller is told of.
  net::Task<void> list(service::Request& request, const access::Caller& caller);

  const Parts parts_;
};

}  // namespace srasta::tools
