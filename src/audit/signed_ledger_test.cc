#include "audit/signed_ledger_test.h"

#include "audit/signed_ledger_cases_test.h"
#include "audit/witnessed_ledger_cases_test.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

TEST(SignedLedger, GetsItsVerdictInEveryCase) {
  for (const LedgerCase& one : signed_ledger_cases()) {
    const LedgerReport report = verify_contents(one.contents, options_of(one));
    EXPECT_EQ(short_verdict(report), one.expected) << one.name << ": " << report.text();
  }
}

TEST(SignedLedger, GetsItsVerdictAtEachBoundOfNotesAndKeys) {
  for (const LedgerCase& one : note_bounds_cases()) {
    const LedgerReport report = verify_contents(one.contents, options_of(one));
    EXPECT_EQ(short_verdict(report), one.expected) << one.name << ": " << report.text();
  }
}

TEST(EntangledLedger, GetsItsVerdictInEveryCase) {
  for (const LedgerCase& one : entangled_ledger_cases()) {
    const LedgerReport report = verify_contents(one.contents, options_of(one));
    EXPECT_EQ(short_verdict(report), one.expected) << one.name << ": " << report.text();
  }
}

TEST(EntangledLedger, NamesTheStreamThatRemembersAndTheOneThatWasChanged) {
  const std::vector<LedgerCase> cases = entangled_ledger_cases();
  const auto text_of = [&cases](const std::string& name) {
    for (const LedgerCase& one : cases) {
      if (one.name == name) return verify_contents(one.contents, options_of(one)).text();
    }
    return std::string();
  };
  const auto expect_line = [&](const std::string& name, const std::string& line) {
    const std::string text = text_of(name);
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << name << ": " << text;
  };
  expect_line("today_rewritten_before_what_was_seen", "gateway: FORK 28 (tools 7)");
  expect_line("tail_cut_that_was_seen", "gateway: TRUNCATED 29 (tools 7)");
  expect_line("the_shortest_head_counts", "gateway: FORK 26 (tools 5)");
  expect_line("seen_stream_and_install_are_gone", "gateway: SEGMENT_MISSING 0 (tools 6)");
  expect_line("seen_stream_is_gone", "gateway: SEGMENT_MISSING 0 (install)");
  expect_line("seen_and_pruned", "gateway: UNCHECKED 14 (tools)");
}

TEST(WitnessedLedger, GetsItsVerdictInEveryCase) {
  for (const LedgerCase& one : witnessed_ledger_cases()) {
    const LedgerReport report = verify_contents(one.contents, options_of(one));
    EXPECT_EQ(short_verdict(report), one.expected) << one.name << ": " << report.text();
  }
}

TEST(WitnessedLedger, SaysHowFarTheQuorumReachesOrWhereItIsMissing) {
  const auto text_of = [](const std::string& name) {
    for (const LedgerCase& one : witnessed_ledger_cases()) {
      if (one.name == name) return verify_contents(one.contents, options_of(one)).text();
    }
    return std::string();
  };
  const std::string reached = text_of("older_quorum");
  EXPECT_NE(reached.find(", log key of the folder itself, all but the last 3 witnessed)\n"),
            std::string::npos)
      << reached;
  EXPECT_NE(reached.find("\ngateway: WITNESSED 29 of 32\n"), std::string::npos) << reached;
  const std::string missing = text_of("one_missing");
  EXPECT_NE(missing.find(": unbroken, but not cosigned as the policy asks in gateway)\n"),
            std::string::npos)
      << missing;
  EXPECT_NE(missing.find("\ngateway: NO_QUORUM\n"), std::string::npos) << missing;
}

TEST(SignedLedger, IsReportedWithItsTailAndTheLogKey) {
  SignedLedger ledger = example_ledger();
  ledger["gateway"].append("log.clock.step", R"("after":"-","before":"-")");
  VerifyOptions options;

  EXPECT_TRUE(verify_contents(ledger.contents())
                  .text()
                  .starts_with("OK (45 records in 3 streams: unbroken, all but the last 4 signed, "
                               "log key of the folder "
                               "itself)\ngateway: CLOCK_STEP 32 "
                               "(00000000000000000000.jsonl)\ngateway: OK 0-32 head "));
  options.trusted = *parse_trusted_keys(ledger.log_key());
  const LedgerReport report = verify_contents(ledger.contents(), options);
  EXPECT_NE(report.text().find("trusted log key)\n"), std::string::npos);
  EXPECT_NE(report.text().find("\ngateway: OK_UNANCHORED_TAIL 4 from 29\n"), std::string::npos);
  EXPECT_EQ(report.exit_code(), 0);
}

/// A stream of some records, signed to its end.
struct SignedRecords {
  explicit SignedRecords(size_t records) {
    SignedStream& gateway = ledger.add("gateway");
    gateway.append_many(records / 2 - 1);
    gateway.begin_epoch();
    gateway.append_many(records - gateway.size());
    gateway.sign();
    for (const auto& [path, content] : ledger.contents()) files.put(path, content);
    anchor.anchors.push_back(
        *parse_anchor(gateway.note(gateway.size(), {gateway.log_key}), "anchor"));
  }

  std::string verdict_of(const std::vector<std::string>& lines, const VerifyOptions& options = {}) {
    std::string log;
    for (const std::string& line : lines) log += line;
    return verdict_of(log, options);
  }
  std::string verdict_of(const std::string& log, const VerifyOptions& options = {}) {
    files.put("/data/audit/gateway/seg/00000000000000000000.jsonl", log);
    return short_verdict(verify_ledger(files, "/data/audit", options));
  }
  [[nodiscard]] const std::vector<std::string>& lines() { return ledger["gateway"].lines; }
  void forget_signatures() {
    for (const char* name : {"head", "checkpoint", "checkpoints.log", "epoch-000000.end"}) {
      (void)files.remove(std::string("/data/audit/gateway/") + name);
    }
  }

  SignedLedger ledger;
  testing::FaultyFiles files;
  VerifyOptions anchor;
};

// All bits of all 200 records are for `audit_verdict_cases --flips`.
TEST(SignedLedger, NamesTheRecordOfABitInEveryByteOfTwoHundredRecords) {
  SignedRecords log(200);
  for (size_t record = 0; record < log.lines().size(); ++record) {
    auto lines = log.lines();
    std::string& line = lines[record];
    // Neighbours differ in the byte, so that all are met in a few records of the same form.
    for (size_t at = record % 20; at < line.size(); at += 20) {
      const char before = line[at];
      line[at] = static_cast<char>(before ^ (1 << (at + record) % 8));
      const bool cut = at + 1 == line.size() && record + 1 == lines.size();
      ASSERT_EQ(log.verdict_of(lines),
                fmt::format("gateway {} {}", cut ? "TRUNCATED" : "MODIFIED", record))
          << "byte " << at;
      line[at] = before;
    }
  }
}

TEST(SignedLedger, IsNeverAcceptedShorter) {
  SignedRecords log(4);
  std::string whole;
  for (const std::string& line : log.lines()) whole += line;
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    const auto records = std::ranges::count(cut, '\n');
    const auto expected = fmt::format("gateway TRUNCATED {}", records);
    const auto verdict = log.verdict_of(cut);
    ASSERT_EQ(verdict, expected) << size;
  }
}

TEST(SignedLedger, IsCutUnseenBetweenRecordsWithoutSignaturesUnlessItsEndIsKnown) {
  SignedRecords log(4);
  log.forget_signatures();
  std::string whole;
  for (const std::string& line : log.lines()) whole += line;
  for (size_t size = 1; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    const auto records = std::ranges::count(cut, '\n');
    const bool between = cut.back() == '\n';
    ASSERT_EQ(log.verdict_of(cut),
              between ? "UNANCHORED" : fmt::format("gateway TRUNCATED {}", records));
    ASSERT_EQ(log.verdict_of(cut, log.anchor),
              fmt::format("gateway {} {}", between ? "ROLLED_BACK" : "TRUNCATED", records));
  }
}

TEST(SignedLedger, NamesRecordsThatWereTakenOutSwappedOrRepeated) {
  SignedRecords log(40);
  for (size_t a = 0; a + 1 < 40; ++a) {
    auto lines = log.lines();
    lines.erase(lines.begin() + static_cast<ptrdiff_t>(a));
    EXPECT_EQ(log.verdict_of(lines), fmt::format("gateway GAP {}", a));
    for (size_t b = a + 1; b < 40; b += 5) {
      lines = log.lines();
      std::swap(lines[a], lines[b]);
      EXPECT_EQ(log.verdict_of(lines), fmt::format("gateway REORDERED {}", a));
      lines = log.lines();
      lines.insert(lines.begin() + static_cast<ptrdiff_t>(b), log.lines()[a]);
      EXPECT_EQ(log.verdict_of(lines), fmt::format("gateway DUPLICATE_SEQ {}", a));
    }
  }
  auto lines = log.lines();
  lines.pop_back();
  EXPECT_EQ(log.verdict_of(lines), "gateway TRUNCATED 39");
}

TEST(SignedLedger, DoesNotTakeARecordThatWasPutIn) {
  SignedRecords log(40);
  SignedRecords other(40);
  other.ledger["gateway"].cut(10);
  other.ledger["gateway"].append("auth.fail");
  for (const ptrdiff_t at : {10, 11}) {
    auto lines = log.lines();
    lines.insert(lines.begin() + at, other.lines()[10]);
    EXPECT_EQ(log.verdict_of(lines), "gateway DUPLICATE_SEQ 10");
  }
  auto lines = log.lines();
  lines[10] = other.lines()[10];
  EXPECT_EQ(log.verdict_of(lines), "gateway MODIFIED 10");
}

TEST(SignedLedger, AnswersUnreadableForAFileThatCannotBeRead) {
  LedgerReport report;
  report.streams.push_back({.stream = "gateway"});
  report.streams[0].violation = Finding{Verdict::Unreadable, 3, "read: Input/output error"};
  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_EQ(report.sentence(), "UNREADABLE (no verdict: gateway)");
  report.streams.push_back({.stream = "tools"});
  report.streams[1].violation = Finding{Verdict::Fork, 3, "head"};
  EXPECT_EQ(report.exit_code(), 1);
}

TEST(TrustedKeys, AreReadALineEach) {
  const std::string key = signer_of("inst-1", "k")->verifier().to_text();
  EXPECT_EQ(parse_trusted_keys(key)->size(), 1U);
  EXPECT_EQ(parse_trusted_keys("# mine\n\n" + key + "\n" + key + "\n")->size(), 2U);
  for (const std::string& wrong : {std::string(), std::string("# none\n"), key + "x", " " + key,
                                   key + "\r\n", key + "\nnone\n"}) {
    EXPECT_FALSE(parse_trusted_keys(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace srasta::audit
