#pragma once

#include "base/clock.h"
#include "net/blocking.h"
#include "net/loop.h"
#include "service/journal.h"
#include "tools/approvals.h"
#include "tools/call.h"
#include "tools/call_rates.h"
#include "tools/changing.h"
#include "tools/cursor.h"
#include "tools/merge_requests.h"
#include "tools/read_labels.h"
#include "tools/run_calls.h"
#include "tools/told.h"

#include <optional>
#include <string_view>

namespace srasta::tools {

/// The one way of a call, whoever brings it (REST, MCP): judged, recorded, carried out. Lives on
/// one loop; repositories are read on threads of their own.
class Calls {
 public:
  struct Parts {
    net::Loop& loop;
    const base::Clock& clock;
    const PolicyStore& policies;
    service::Journal& journal;
    Approvals& approvals;
    ReadLabels& labels;
    MergeRequests& merges;
    Runs& runs;
    base::Entropy& entropy;
  };
  Calls(const Parts& parts, base::Secret cursor_key);
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  [[nodiscard]] Call begin(service::Request& request, const access::Caller& caller) const {
    return begin_call(request, caller, parts_.clock, parts_.policies);
  }
  /// Calls the tool `name` with `arguments`, JSON text of an object.
  net::Task<Told> call(Call& call, std::string_view name, std::string_view arguments);
  /// What may be called now (`tools_json`).
  net::Task<Told> list(Call& call);
  /// Waits for what is being read or run. The loop does not run any more.
  void stop() {
    parts_.runs.stop();
    readers_.stop();
  }

 private:
  [[nodiscard]] std::optional<policy::Reason> pass_switches(const Call& call);
  /// Parsed within the policy's limits; false with `call.fault`.
  [[nodiscard]] static bool take_arguments(Call& call, std::string_view text);
  net::Task<Told> read(Call& call);
  net::Task<Told> approval_status(Call& call);
  /// What is read of a repository follows whoever read it. False: it must not be told.
  net::Task<bool> remember_label(const Call& call);
  /// Denies a call that writes where what its principal has read may not flow.
  void judge_label(Call& call) const;
  /// The last gate of a call that may be carried out; a reason, or that it is not recorded: no.
  net::Task<std::optional<Told>> pass_approval(Call& call, const Prepared* prepared);
  /// The gates behind the policy's, of reads and runs: approval, and of runs the label.
  net::Task<std::optional<Told>> pass_without_plan(Call& call);
  net::Task<Told> change(Call& call);
  net::Task<Told> run(Call& call);
  net::Task<Told> make(Call& call, const ChangeCall& asked, Prepared prepared);
  net::Task<Told> refuse(Call& call, policy::Reason reason);

  const Parts parts_;
  const Cursors cursors_;
  CallRates rates_;
  net::BlockingPool readers_;
  RunCalls run_calls_;
};

}  // namespace srasta::tools
