#include "audit/verify_stream.h"

#include "audit/judge_claims.h"
#include "audit/wanted_roots.h"

namespace srasta::audit {
namespace {

Claims claims_on(base::FileSystem& files, const StreamQuestion& question) {
  Claims claims = Claims::read(files, question.folder, question.origin);
  if (question.quorum) claims.add_cosigned(files, question.folder);
  for (const Anchor& anchor : question.anchors) claims.add_anchor(anchor);
  for (const Told& told : question.told) claims.add_told(told);
  for (const PrunedPrefix& pruned : question.prunes) claims.add_pruned(pruned);
  return claims;
}

}  // namespace

StreamReport verify_stream(base::FileSystem& files, const StreamQuestion& question,
                           const StreamChain::Sink& sink) {
  StreamReport report{.stream = question.name};
  Claims claims = claims_on(files, question);
  WantedRoots roots;
  claims.each([&](const Claim& claim) {
    if (!claim.fault) roots.want(claim.size);
    return true;
  });

  StreamChain chain(files, question.folder, question.origin, roots, question.prunes);
  chain.verify(report, question.first_keys, sink);
  const bool passed_over = question.only_signed && report.records > report.first &&
                           report.violation && report.violation->verdict != Verdict::Unreadable;
  if (report.violation && !passed_over) return report;
  report.violation.reset();

  const KnownStream known{question.origin,   report.records,  chain.epochs(), roots,
                          question.log_keys, question.quorum, chain.pruned()};
  ClaimJudge judge(known);
  claims.each([&](const Claim& claim) {
    report.violation = judge.judge(claim);
    return !report.violation;
  });
  if (report.violation) return report;
  report.notes.insert(report.notes.end(), judge.unchecked().begin(), judge.unchecked().end());
  report.anchored = judge.anchored();
  report.witnessed = judge.witnessed();
  report.asks_witnesses = question.quorum.has_value();
  report.ended_well = judge.ended_well();
  return report;
}

}  // namespace srasta::audit
