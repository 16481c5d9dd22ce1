#pragma once

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "net/task.h"
#include "service/journal.h"
#include "tools/approval.h"
#include "tools/call.h"
#include "tools/changing.h"
#include "tools/store_thread.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::tools {

/// The gate at which a call waits for somebody else's word: what needs it is asked for, and what
/// was approved is used up once. For one loop.
class Approvals {
 public:
  struct Parts {
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Log& log;
    service::Journal& journal;
    StoreThread& store;
  };
  explicit Approvals(const Parts& parts) : parts_(parts) {}
  Approvals(const Approvals&) = delete;
  Approvals& operator=(const Approvals&) = delete;

  /// Looks at the approval that the call presents, which then is `call.approval`. None: it presents
  /// none, or one that its plan may be compared with.
  net::Task<policy::Reason> look(Call& call);

  struct Passed {
    policy::Reason reason = policy::Reason::None;  ///< None: the call may be carried out
    bool not_recorded = false;
  };
  /// The last gate before the call is carried out. `prepared`: its plan, null if it has none. Uses
  /// up the approval that the call presented, or asks for one: ApprovalRequired, and
  /// `call.approval` if there is one to wait for.
  net::Task<Passed> pass(Call& call, const Prepared* prepared);

  // What people see and decide (approvals_core.h).
  net::Task<base::Result<std::vector<Approval>>> list(std::string tenant);
  net::Task<base::Result<std::optional<Approval>>> find(std::string id);
  /// False: somebody else changed it meanwhile.
  net::Task<base::Result<bool>> replace(Approval before, Approval after);

 private:
  net::Task<Passed> use(const Call& call, const Approval& approval, const Prepared* prepared);
  net::Task<Passed> ask(Call& call, Bound bound, std::string changes);
  net::Task<Passed> put(Call& call, Approval approval);
  [[nodiscard]] Approval make(const Call& call, Bound bound, std::string changes) const;
  net::Task<void> spoil(const Approval& approval);
  void tell(const base::Error& error) const;

  const Parts parts_;
};

/// Who acts: the caller, and those who act for him.
[[nodiscard]] std::vector<std::string> actors_of(const access::Caller& caller);

}  // namespace srasta::tools
