#pragma once

#include "access/source_limits.h"
#include "base/shared_word.h"
#include "gateway/commitment_keeper.h"
#include "gateway/recorded_callers.h"
#include "identity/authenticator.h"
#include "identity/key_source.h"
#include "net/scope.h"
#include "service/hosted_plane.h"
#include "service/pipeline.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::gateway {

/// One core's identity gate: authenticates against the snapshot of the moment, and when a token
/// names a key that is not known yet, asks for a refresh and waits for it, at most 2 s.
class CoreIdentityGate final : public service::IdentityGate {
 public:
  using Refresh = identity::KeySource::Refresh;
  /// Asks the keeper, on its own loop, and reports back on this one.
  using AskRefresh = std::function<void(std::string issuer, std::function<void(Refresh)> answer)>;

  struct Parts {
    const base::Clock& clock;
    access::SourceLimits& sources;
    AskRefresh ask_refresh;
    /// Of the access snapshot that must be in force; a request compares one word.
    const base::SharedWord& access_epoch;
    /// Asks the keeper to take the next access snapshot over. Any thread.
    std::function<void()> ask_access;
    CommitmentKeeper& commitments;
    const std::string& url;  ///< of this gateway; set before the first request
  };
  explicit CoreIdentityGate(Parts parts)
      : parts_(std::move(parts)), recorded_(parts_.commitments) {}

  /// Called on the core's loop.
  void replace(std::shared_ptr<const identity::IdentitySnapshot> snapshot);
  /// The access rules of this epoch are on record: only by such is anybody admitted.
  void rules_recorded(uint64_t epoch);
  [[nodiscard]] bool has_recorded_rules() const { return !snapshot_ || !is_unrecorded(); }
  /// Whether records name all callers by commitments.
  void commit_all(bool all) { recorded_.commit_all(all); }
  [[nodiscard]] bool ready() const { return snapshot_ && snapshot_->access; }
  /// Whether tokens of every issuer can be verified.
  [[nodiscard]] bool has_all_keys() const;

  /// Whom to ask about the sessions of browsers; it outlives the gate's work.
  void use_sessions(service::SessionSource& sessions) { sessions_ = &sessions; }

  /// For handlers, which run only after somebody was admitted by it.
  [[nodiscard]] const access::AccessSnapshot& access() const { return *snapshot_->access; }

  net::Task<service::Identified> identify(service::Request& request) override;

 private:
  /// The last success on one connection. The same bytes under the same snapshot mean the same
  /// caller, which costs one comparison instead of a hash and a look-up.
  struct Memo {
    std::string authorization;
    std::shared_ptr<const identity::IdentitySnapshot> snapshot;
    std::shared_ptr<const access::Caller> caller;
    std::optional<audit::Commitment> commitment;
    std::vector<std::optional<audit::Commitment>> delegate_commitments;
    uint64_t recorded = 0;  ///< stamp of the way records name callers
    base::WallTime until;
  };
  [[nodiscard]] const Memo* recall(service::Request& request) const;
  void remember(service::Request& request, const identity::Authenticated& success,
                uint64_t stamp) const;
  /// Verifies, waiting for keys if that helps.
  net::Task<service::Identified> verify(service::Request& request);
  std::expected<identity::Authenticated, identity::Refusal> authenticate(service::Request& request);
  /// `success` must outlive the task.
  net::Task<service::Identified> accept(service::Request& request,
                                        const identity::Authenticated& success);
  /// Gives the request the name by which records know the caller, if that needs no wait.
  bool name_known(service::Request& request, std::string_view tenant, std::string_view id);
  /// The same with a wait; false: it cannot be had. The views must outlive the task.
  net::Task<bool> name_new(service::Request& request, std::string_view tenant, std::string_view id);
  /// Gives it the names of those who act for the caller, with a wait where one is needed.
  net::Task<bool> name_delegates(service::Request& request, const access::Caller& caller);
  /// `wait`: the keys are those of now; else when to ask again.
  net::Task<Refresh> wait_for_keys(service::Request& request, std::string issuer);
  /// Whether somebody's rights may have changed since the snapshot was made.
  [[nodiscard]] bool is_stale() const;
  [[nodiscard]] bool is_unrecorded() const;
  [[nodiscard]] bool awaits_rules() const;
  net::Task<void> wait_for_access(service::Request& request);
  service::Identified narrowed(const service::Request& request,
                               service::Identified identified) const;
  net::Task<service::Identified> identify_anyone(service::Request& request);
  /// The value of the session's cookie where one counts; empty: there is none.
  [[nodiscard]] std::string_view session_of(const service::Request& request) const;
  /// `cookie` must outlive the task.
  net::Task<service::Identified> identify_session(service::Request& request,
                                                  std::string_view cookie);

  const Parts parts_;
  RecordedCallers recorded_;
  identity::Authenticator authenticator_;
  std::shared_ptr<const identity::IdentitySnapshot> snapshot_;
  uint64_t recorded_epoch_ = 0;
  service::SessionSource* sessions_ = nullptr;  // null: sessions do not count
  std::list<net::Signal> waiting_;              // requests that wait for the next snapshot
};

}  // namespace srasta::gateway
