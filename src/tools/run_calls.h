#pragma once

#include "base/entropy.h"
#include "net/blocking.h"
#include "net/loop.h"
#include "service/journal.h"
#include "tools/call.h"
#include "tools/run_places.h"
#include "tools/running.h"
#include "tools/runs.h"
#include "tools/told.h"
#include "tools/workspaces.h"

#include <expected>

namespace srasta::tools {

/// The tools that run commands, and the workspaces that they run in. Of one loop.
class RunCalls {
 public:
  struct Parts {
    net::Loop& loop;
    const PolicyStore& policies;
    service::Journal& journal;
    net::BlockingPool& readers;  ///< for what reads repositories
    Runs& runs;
    base::Entropy& entropy;
  };
  explicit RunCalls(const Parts& parts) : parts_(parts), workspaces_(parts.entropy) {}
  RunCalls(const RunCalls&) = delete;
  RunCalls& operator=(const RunCalls&) = delete;

  /// Carries out a call that its gates let pass, and records it. A reason: nothing was done, and
  /// that is not recorded yet.
  net::Task<OrReason<Told>> call(Call& call);

 private:
  net::Task<OrReason<Told>> open_workspace(Call& call, const policy::Arguments& arguments);
  net::Task<OrReason<Told>> close_workspace(Call& call, const policy::Arguments& arguments);
  net::Task<OrReason<Told>> run(Call& call, const policy::Arguments& arguments);
  net::Task<OrReason<Told>> run_in(Call& call, const RunCall& asked, Workspace* workspace);
  net::Task<Told> carry_out(Call& call, const RunCall& asked, Workspace* workspace,
                            PreparedRun prepared, audit::Intent intent);
  /// The one that the call names; null if it names none.
  [[nodiscard]] OrReason<Workspace*> workspace_of(const Call& call,
                                                  const policy::Arguments& arguments);
  [[nodiscard]] policy::Reason check_host(const Call& call) const;

  const Parts parts_;
  RunPlaces places_;
  Workspaces workspaces_;
};

}  // namespace srasta::tools
