#pragma once

#include "access/caller.h"
#include "audit/flood.h"
#include "audit/intent.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/strong.h"
#include "crypto/hash.h"
#include "service/request.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::service {

/// Somebody whose credential verified and who was not admitted.
struct Stranger {
  std::string subject;  ///< empty: nobody
  base::TenantId tenant;
};

/// Turns what the gates and handlers know into ledger events. For one thread: each loop has its
/// own.
///
/// A record of class Must, and the first one about the request of a caller who wants a receipt, is
/// waited for until it is on disk, and the answer carries its receipt. Other records of what was
/// allowed wait for room in the ledger when there is none, at most 250 ms: a burst is slowed, not
/// refused.
class Journal {
 public:
  Journal(audit::Ledger& ledger, const base::Clock& clock) : ledger_(ledger), clock_(clock) {}

  /// Whether evidence of further work can be taken, waiting for that at most 250 ms; if not, no
  /// work may be done.
  net::Task<bool> has_room(net::Loop& loop) const;

  /// A gate or handler refused. `caller` is null before identity: then the first few refusals of a
  /// source network and reason are recorded one by one, the rest counted. `reason` is an audit
  /// reason by name. The refusal stands whether or not it could be recorded.
  net::Task<void> refused(Request& request, const access::Caller* caller, audit::Act act,
                          std::string_view reason);
  /// A gate refused somebody whose credential verified but who has no place here.
  void refused_stranger(const Request& request, const Stranger& stranger, audit::Act act,
                        std::string_view reason);
  /// Fields of the platform came from outside and were removed, `count` of them. Without a caller
  /// recorded and counted like refusals.
  void stripped(const Request& request, const access::Caller* caller, size_t count);
  /// A connection was refused because `limit` is reached; recorded and counted likewise.
  void connection_refused(audit::Word limit, std::string_view source, base::MonoTime now);
  void set_floods(audit::FloodGate::Limits limits, base::MonoTime now);
  /// Another configuration may be put in force once this is on disk; on an error it may not. `id`
  /// names the change.
  net::Task<base::Result<audit::Intent>> config_changes(net::Loop& loop, std::string_view id,
                                                        const crypto::Digest& before,
                                                        const crypto::Digest& after);
  /// What became of it.
  void config_changed(audit::Intent intent, bool in_force);
  /// Somebody may be admitted by other access rules (without `before`: by those that a start found)
  /// once this is on disk; on an error nobody may.
  /// Who tries again may make two records of one change.
  net::Task<base::Result<void>> access_changes(net::Loop& loop, uint64_t revision,
                                               std::optional<crypto::Digest> before,
                                               const crypto::Digest& after);
  /// Records what was counted, of windows that have ended; to be called about once a second.
  void record_floods(base::MonoTime now);
  /// The platform could not do what was allowed.
  net::Task<void> failed(Request& request, const access::Caller& caller, audit::Act act,
                         std::string_view reason);
  /// A service showed the head of its log with a request that leaves no record.
  void shown(const Request& request);
  /// A request is about to be passed on to another service of the platform, which records what it
  /// did under the same id. On an error it may not be.
  net::Task<base::Result<void>> forwards(Request& request, const access::Caller& caller,
                                         std::string_view service);
  /// A route whose whole work is its answer may give it; on an error it may not.
  net::Task<base::Result<void>> served(Request& request, const access::Caller& caller);
  /// A route of class Must may do its act once this is on disk; on an error it may not.
  /// The answer carries its receipt.
  net::Task<base::Result<void>> may_act(Request& request, const access::Caller& caller);

  /// What of the log left the platform, or would have.
  struct LogRead {
    audit::Durability durability = audit::Durability::Should;
    audit::Outcome outcome = audit::Outcome::Ok;
    std::string_view reason = {};
    std::string_view stream = {};
    std::optional<uint64_t> filters = std::nullopt;  ///< how many were set
    std::optional<uint64_t> from_seq = std::nullopt;
    std::optional<uint64_t> to_seq = std::nullopt;
    std::optional<uint64_t> records = std::nullopt;
    std::optional<uint64_t> proofs = std::nullopt;
  };
  /// Somebody reads the log itself. On an error nothing of it may leave.
  net::Task<base::Result<void>> log_read(Request& request, const access::Caller& caller,
                                         audit::Act act, const LogRead& read);
  /// A credential was verified for the first time on this core.
  void auth_ok(const Request& request, const access::Caller& caller);
  /// The same of a caller who may change or take out what others depend on. The request may go on
  /// once this is on disk; on an error it may not.
  net::Task<base::Result<void>> auth_privileged(const Request& request,
                                                const access::Caller& caller);
  /// The keys of an issuer changed; `skipped` of its document cannot be used.
  void keys_loaded(std::string_view issuer, size_t keys, size_t skipped);
  void keys_failed(std::string_view issuer, std::string_view reason);
  void upstream_state(std::string_view upstream, bool reachable);

  /// A change of who may do what; texts that are no labels are recorded as "-".
  struct Change {
    std::string object = {};  ///< the id of what is changed
    std::string tenant = {};  ///< whose it is
    std::string before = {};  ///< names joined by "/", of what is replaced
    std::string after = {};
  };
  /// A change may be made once this is on disk; on an error it may not. The act is the route's; the
  /// answer carries its receipt.
  net::Task<base::Result<audit::Intent>> may_change(Request& request, const access::Caller& caller,
                                                    const Change& change);
  /// What became of it; `reason` of a change that was not made.
  void changed(const Request& request, const access::Caller& caller, audit::Intent intent,
               const Change& change, std::string_view reason = {});
  /// It must not be made.
  net::Task<void> change_refused(Request& request, const access::Caller& caller,
                                 std::string_view reason, const Change& change);

  /// Somebody at the pages of the sign-in, of whom no credential of the request tells.
  struct Visitor {
    std::string_view subject = {};  ///< who it was proved to be; empty: nobody
    std::string_view tenant = {};
    audit::ActorKind kind = audit::ActorKind::None;
  };
  /// What a visitor did; labels and reasons, empty ones are left out.
  struct Visit {
    std::string_view method = {};  ///< how he proved who he is
    std::string_view client = {};  ///< the program that he signs in with
    std::string_view reason = {};
    std::string_view issuer = {};  ///< the provider that he signs in at
  };
  /// It may take effect once this is recorded, on disk if the act's class is Must; on an error it
  /// may not.
  net::Task<base::Result<void>> visited(Request& request, const Visitor& visitor, audit::Act act,
                                        audit::Durability durability, const Visit& visit);
  /// It was refused; recorded and counted like refusals of strangers. `route`: its path.
  void visit_refused(const Request& request, const Visitor& visitor, audit::Act act,
                     const Visit& visit, std::string_view route);
  /// A session or grant ended by itself or by its owner.
  void visit_ended(const Request& request, const Visitor& visitor, audit::Act act,
                   const Visit& visit);
  /// `may_change`, `changed` and `change_refused` of a visitor, with their act.
  net::Task<base::Result<audit::Intent>> may_change(Request& request, const Visitor& visitor,
                                                    audit::Act act, const Change& change);
  void changed(const Request& request, const Visitor& visitor, audit::Act act, audit::Intent intent,
               const Change& change, std::string_view reason = {});
  net::Task<void> change_refused(Request& request, const Visitor& visitor, audit::Act act,
                                 std::string_view reason, const Change& change);

  /// The same of what the platform does by itself, without a request; `id` names the change.
  net::Task<base::Result<audit::Intent>> platform_changes(net::Loop& loop, std::string_view id,
                                                          audit::Act act, const Change& change);
  void platform_changed(std::string_view id, audit::Act act, audit::Intent intent,
                        const Change& change, std::string_view reason = {});

  /// The installation stands otherwise with its license than it did; `before` is empty at a start.
  void license_state(std::string_view license, std::string_view before, std::string_view after,
                     std::string_view problem);

  struct InferenceStart {
    std::string_view asked;  ///< the model as the client named it
    std::string_view upstream;
    std::string_view model;
    bool stream = false;
  };
  /// Before any engine is asked. On an error the request must not go on.
  net::Task<base::Result<void>> inference_request(Request& request, const access::Caller& caller,
                                                  const InferenceStart& start);

  /// What budgets were charged.
  struct Charge {
    uint64_t tokens = 0;
    bool estimated = false;  ///< a bound: the engine did not say what was used
  };
  struct InferenceEnd {
    audit::Outcome outcome = audit::Outcome::Error;
    std::string_view upstream;
    std::string_view model;
    int status = 0;
    uint64_t tries = 1;  ///< engines that were asked
    int64_t input_tokens = 0;
    int64_t output_tokens = 0;
    bool usage_reported = false;
    uint64_t bytes_out = 0;
    std::optional<Charge> charge = std::nullopt;
  };
  /// Something was sent outside the perimeter, and came from there.
  struct InferenceEgress {
    std::string_view upstream;
    std::string_view destination;  ///< a label
    uint64_t bytes_out = 0;        ///< of the request's body
    uint64_t bytes_in = 0;         ///< of the answer's
  };
  void inference_egress(const Request& request, const access::Caller& caller,
                        const InferenceEgress& egress);
  net::Task<void> inference_end(const Request& request, const access::Caller& caller,
                                audit::Act act, std::string_view reason, const InferenceEnd& end);

  /// A call of a tool, as policy judged it. Texts are labels.
  struct ToolCall {
    audit::Act act = audit::Act::ToolChange;  ///< or ToolRun; of what changes nothing, neither
    std::string tool = {};
    std::string repository = {};
    std::string persona = {};      ///< that the caller acts under
    std::string policy = {};       ///< name of the document
    uint64_t version = 0;          ///< of it
    std::string why = {};          ///< reason of the tool gateway, "ALLOW" if there is none
    std::string rules = {};        ///< ids that decided, joined by "/"
    std::string commit = {};       ///< that was made
    std::string approval = {};     ///< id of the approval that it presented or waits for
    std::string shadow = {};       ///< ids of rules that would have refused or asked, likewise
    std::string_view reason = {};  ///< audit reason: why a change was not made
    std::optional<crypto::Digest> effects = std::nullopt;  ///< digest of what it does
  };
  /// Something was read by a tool, or was not to be (deny), or could not be (error).
  net::Task<base::Result<void>> tool_read(Request& request, const access::Caller& caller,
                                          audit::Outcome outcome, const ToolCall& call);
  /// A change may be made once this is on disk; on an error it may not. The answer carries its
  /// receipt.
  net::Task<base::Result<audit::Intent>> may_change(Request& request, const access::Caller& caller,
                                                    const ToolCall& call);
  /// What became of it.
  void changed(const Request& request, const access::Caller& caller, audit::Intent intent,
               audit::Outcome outcome, const ToolCall& call);
  /// It must not be made.
  net::Task<void> change_refused(Request& request, const access::Caller& caller,
                                 const ToolCall& call);
  /// Somebody else's word is asked for, or given.
  struct ApprovalStep {
    audit::Act act = audit::Act::ApprovalRequest;
    std::string approval = {};  ///< its id
    std::string tool = {};
    std::string repository = {};
    std::string policy = {};  ///< name of the document
    uint64_t version = 0;     ///< of it
    std::string verdict = {};
    std::string why = {};          ///< reason of the tool gateway, if it was refused
    std::string_view reason = {};  ///< audit reason, if it could not be done
    std::optional<crypto::Digest> digest = std::nullopt;  ///< of what is approved
  };
  /// It may be kept once this is on disk; on an error it may not. The answer carries its receipt.
  net::Task<base::Result<audit::Intent>> may_change(Request& request, const access::Caller& caller,
                                                    const ApprovalStep& step);
  /// What became of it.
  void changed(const Request& request, const access::Caller& caller, audit::Intent intent,
               const ApprovalStep& step);
  /// It must not be.
  net::Task<void> change_refused(Request& request, const access::Caller& caller,
                                 const ApprovalStep& step);
  /// A policy is in force, or with deny one was not taken.
  struct PolicyLoad {
    std::string name = {};
    std::string tenant = {};
    uint64_t version = 0;
    std::string_view why = {};  ///< empty: it is in force
    std::optional<crypto::Digest> digest = std::nullopt;
  };
  void policy_loaded(const PolicyLoad& load);

 private:
  /// Whether what a stranger caused gets a record of its own; else it is counted. On a disk that
  /// is nearly full all of it is counted: the room is for what callers did.
  [[nodiscard]] bool is_recorded(std::string_view network, audit::Reason reason,
                                 base::MonoTime now);
  net::Task<base::Result<void>> put(net::Loop& loop, const audit::Event& event);
  /// As the request or the class of the event wants it.
  net::Task<base::Result<void>> put_for(Request& request, const audit::Event& event);
  net::Task<base::Result<audit::Receipt>> put_durably(net::Loop& loop, const audit::Event& event);
  net::Task<base::Result<void>> put_awaited(net::Loop& loop, const audit::Event& event);
  net::Task<base::Result<void>> put_with_receipt(Request& request, const audit::Event& event);

  audit::Ledger& ledger_;
  const base::Clock& clock_;
  audit::FloodGate floods_;
};

}  // namespace srasta::service
