#pragma once

#include "access/gcra_table.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/blocking.h"
#include "net/loop.h"
#include "policy/evaluate.h"
#include "service/journal.h"
#include "service/request.h"
#include "service/route_table.h"
#include "tools/changing.h"
#include "tools/cursor.h"
#include "tools/policy_store.h"
#include "tools/read_call.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace srasta::tools {

/// Serves this plane's routes on one loop; repositories are read on threads of their own.
class ToolsCore {
 public:
  struct Parts {
    net::Loop& loop;
    const base::Clock& clock;
    base::Log& log;
    const PolicyStore& policies;
    service::Journal& journal;
  };
  ToolsCore(const Parts& parts, base::Secret cursor_key);
  ToolsCore(const ToolsCore&) = delete;
  ToolsCore& operator=(const ToolsCore&) = delete;

  void bind(service::RouteTable& table);
  /// Waits for what is being read. The loop does not run any more.
  void stop() { readers_.stop(); }

 private:
  /// One call on its way; lives in the coroutine that serves it.
  struct Call {
    service::Request& request;
    const access::Caller& caller;
    policy::Principal principal;
    base::WallTime now;
    std::shared_ptr<const TenantPolicy> policy;
    std::optional<json::Document> arguments = std::nullopt;
    policy::Tool tool = policy::Tool::RepoList;
    bool tool_known = true;  ///< else `tool` stands for nothing
    policy::Judgement judgement = {};
    std::optional<policy::Arguments::Fault> fault = std::nullopt;
  };

  [[nodiscard]] Call begin(service::Request& request, const access::Caller& caller) const;
  net::Task<void> list(service::Request& request, const access::Caller& caller);
  net::Task<void> call(service::Request& request, const access::Caller& caller);
  net::Task<void> read(Call& call);
  net::Task<void> change(Call& call);
  net::Task<void> make(Call& call, const ChangeCall& asked, Prepared prepared);
  net::Task<void> refuse(Call& call, policy::Reason reason);
  [[nodiscard]] std::optional<policy::Reason> pass_rate(const Call& call);
  /// What the tool gives, on a thread of the pool.
  [[nodiscard]] Result run(const Call& call) const;
  [[nodiscard]] Result explain(const Call& call) const;
  [[nodiscard]] Result read_repository(const Call& call) const;
  [[nodiscard]] static std::expected<policy::Arguments, policy::Arguments::Fault> arguments_of(
      const Call& call);
  /// Nothing, if the repository is not there or the call is about none.
  [[nodiscard]] const git::Registration* registration_of(const Call& call) const;
  [[nodiscard]] service::Journal::ToolCall record_of(const Call& call, policy::Reason reason) const;

  const Parts parts_;
  const Cursors cursors_;
  access::GcraTable rates_;
  net::BlockingPool readers_;
};

}  // namespace srasta::tools
