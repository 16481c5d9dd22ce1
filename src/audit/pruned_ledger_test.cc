#include "audit/pruned_ledger_test.h"

#include "audit/signed_ledger_cases_test.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

const StreamReport& report_of(const LedgerReport& report, std::string_view stream) {
  return *std::ranges::find(report.streams, stream, &StreamReport::stream);
}

TEST(PrunedLedger, GetsItsVerdictInEveryCase) {
  for (const LedgerCase& one : pruned_ledger_cases()) {
    const LedgerReport report = verify_contents(one.contents, options_of(one));
    EXPECT_EQ(short_verdict(report), one.expected) << one.name << ": " << report.text();
  }
}

TEST(PrunedLedger, IsIntactFromEveryRecordThatACheckpointCovers) {
  for (uint64_t upto = 1; upto < 29; ++upto) {
    SignedLedger ledger = example_ledger();
    allow_prune(ledger, prefix_of(ledger["gateway"], upto, 29));
    Contents files = ledger.contents();
    const std::string whole =
        files.extract("/data/audit/gateway/seg/00000000000000000000.jsonl").mapped();
    std::string& kept = files[fmt::format("/data/audit/gateway/seg/{:020}.jsonl", upto)];
    for (uint64_t seq = upto; seq < 32; ++seq) kept += ledger["gateway"].lines[seq];

    const LedgerReport report = verify_contents(files);
    const StreamReport& gateway = report_of(report, "gateway");

    EXPECT_EQ(report.exit_code(), 0) << upto << report.text();
    EXPECT_EQ(gateway.first, upto);
    EXPECT_EQ(gateway.anchored, 29U);
    EXPECT_EQ(gateway.notes.at(0), (Finding{Verdict::PrunedAuthorised, upto, "operator 1"}));
    EXPECT_TRUE(whole.ends_with(kept));
  }
}

TEST(PrunedLedger, SaysWhatCannotBeCheckedAnyMore) {
  SignedLedger ledger = segmented_ledger();
  allow_prune(ledger, prefix_of(ledger["gateway"], 14, 29));
  Contents files = ledger.contents();
  remove_segments(files, 0, 14);
  const SignedStream& gateway = ledger["gateway"];
  const VerifyOptions options{
      .anchors = {*parse_anchor(gateway.note(5, {gateway.log_key}), "kept")}};

  EXPECT_TRUE(verify_contents(files, options)
                  .text()
                  .contains("gateway: PRUNED_AUTHORISED 14 (operator 1)\n"
                            "gateway: UNCHECKED 11 (checkpoints.log)\n"
                            "gateway: UNCHECKED 11 (epoch-*.end)\n"
                            "gateway: UNCHECKED 5 (kept)\n"
                            "gateway: UNCHECKED 11 (install)\n"
                            "gateway: OK 14-31 head "))
      << verify_contents(files, options).text();
}

}  // namespace
}  // namespace srasta::audit
