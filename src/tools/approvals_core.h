#pragma once

#include "base/clock.h"
#include "service/journal.h"
#include "service/request.h"
#include "service/route_table.h"
#include "tools/approvals.h"
#include "tools/policy_store.h"

namespace srasta::tools {

/// The routes at which people see what waits for them, and decide.
class ApprovalsCore {
 public:
  struct Parts {
    const base::Clock& clock;
    const PolicyStore& policies;
    service::Journal& journal;
    Approvals& approvals;
  };
  explicit ApprovalsCore(const Parts& parts) : parts_(parts) {}
  ApprovalsCore(const ApprovalsCore&) = delete;
  ApprovalsCore& operator=(const ApprovalsCore&) = delete;

  void bind(service::RouteTable& table);

 private:
  net::Task<void> list(service::Request& request, const access::Caller& caller);
  net::Task<void> show(service::Request& request, const access::Caller& caller);
  net::Task<void> decide(service::Request& request, const access::Caller& caller);
  net::Task<void> keep(service::Request& request, const access::Caller& caller, Approval before,
                       bool approves);
  net::Task<void> refuse(service::Request& request, const access::Caller& caller,
                         const Approval& approval, policy::Reason reason);
  net::Task<void> tell(service::Request& request, const access::Caller& caller, std::string body);
  /// The policy is not the one that it was asked for under.
  [[nodiscard]] bool is_stale(const Approval& approval) const;
  [[nodiscard]] int64_t now() const { return base::unix_seconds(parts_.clock.wall()); }

  const Parts parts_;
};

}  // namespace srasta::tools
