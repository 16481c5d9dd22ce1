#include "tools/approval_view.h"

#include "base/clock.h"
#include "json/writer.h"

namespace srasta::tools {
namespace {

std::string time_text(int64_t seconds) {
  return base::format_utc(base::WallTime(base::Seconds(seconds)));
}

void write_verdicts(json::Writer& writer, const std::vector<Verdict>& verdicts) {
  writer.key("verdicts").begin_array();
  for (const Verdict& each : verdicts) {
    writer.begin_object().member("subject", each.subject).member("at", time_text(each.at));
    writer.member("verdict", each.approves ? "approve" : "deny").end_object();
  }
  writer.end_array();
}

}  // namespace

Told::Waiting waiting_for(const Approval& approval) {
  return {.approval = approval.id,
          .expires = approval.expires,
          .approvers = approval.approvers,
          .digest = approval.digest};
}

void write_waiting(json::Writer& writer, const Told::Waiting& waiting) {
  writer.member("approvalId", waiting.approval);
  writer.member("expires", time_text(waiting.expires));
  writer.member("digest", waiting.digest).key("approvers").raw(approvers_json(waiting.approvers));
}

std::string status_json(const Approval& approval, int64_t now) {
  json::Writer writer;
  writer.begin_object().member("approvalId", approval.id);
  writer.member("state", shown_state(approval, now));
  return writer.member("expires", time_text(approval.expires)).end_object().take();
}

std::string approval_json(const Approval& approval, int64_t now) {
  json::Writer writer;
  writer.begin_object().member("id", approval.id).member("state", shown_state(approval, now));
  writer.member("requester", approval.requester).member("actors", approval.actors);
  writer.member("persona", approval.bound.persona).member("tool", approval.bound.tool);
  writer.member("repository", approval.repository).member("base", approval.bound.base);
  writer.key("effects").raw(approval.changes).member("digest", approval.digest);
  writer.key("policy").begin_object().member("name", approval.policy_name);
  writer.member("version", approval.policy_version).member("rules", approval.rules).end_object();
  writer.key("approvers").raw(approvers_json(approval.approvers));
  write_verdicts(writer, approval.verdicts);
  writer.member("created", time_text(approval.created));
  return writer.member("expires", time_text(approval.expires)).end_object().take();
}

}  // namespace srasta::tools
