#include "audit/ledger_completeness.h"

#include "audit/signed_ledger_test.h"

#include <functional>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

LedgerCompleteness completeness_of(const SignedLedger& ledger) {
  testing::FaultyFiles files;
  for (const auto& [path, content] : ledger.contents()) files.put(path, content);
  auto found = check_completeness(files, std::string(SignedLedger::kFolder));
  EXPECT_TRUE(found.ok()) << found.error().message;
  return found ? *std::move(found) : LedgerCompleteness();
}

/// The gateway passed the request `r-1` on to the tools; `tell` is what its log says of it.
SignedLedger passed_on(const std::function<void(SignedStream& gateway)>& tell,
                       const std::string& mark = {}) {
  SignedLedger ledger;
  SignedStream& gateway = ledger.add("gateway");
  SignedStream& tools = ledger.add("tools");
  gateway.append_many(3);
  std::string head = gateway.shown(4);
  head.insert(head.find(R"("s":)"), mark);
  tools.request = gateway.request = "r-1";
  tools.append("tool.run.intent", {}, head);
  tools.append("tool.run.outcome", {}, head);
  tell(gateway);
  return ledger;
}

void tell_nothing(SignedStream& /*gateway*/) {}

TEST(LedgerCompleteness, FindsTheEndInTheStreamOfAnotherService) {
  SignedLedger ledger;
  SignedStream& gateway = ledger.add("gateway");
  SignedStream& tools = ledger.add("tools");
  gateway.request = tools.request = "r-1";
  gateway.append("tool.run.intent");
  gateway.request = "r-2";
  gateway.append("tool.run.intent");
  gateway.append("log.close");
  tools.append("tool.run.outcome");
  const LedgerCompleteness found = completeness_of(ledger);
  EXPECT_FALSE(found.complete());
  ASSERT_EQ(found.streams.size(), 2U);
  EXPECT_EQ(found.streams[0].summary.ended, 1U);
  EXPECT_NE(found.text().find("\ngateway: tool.run.intent of r-2 at 2 has no end\n"),
            std::string::npos)
      << found.text();
  tools.request = "r-2";
  tools.append("tool.run.outcome");
  EXPECT_TRUE(completeness_of(ledger).complete());
}

TEST(LedgerCompleteness, OfOneStreamTellsWhatConcernsIt) {
  SignedLedger ledger = passed_on([](SignedStream& gateway) {
    gateway.request.clear();
    gateway.append("log.close");
  });
  SignedStream& memory = ledger.add("memory");
  memory.request = "r-9";
  memory.append("tool.run.intent");
  memory.append("log.close");
  testing::FaultyFiles files;
  for (const auto& [path, content] : ledger.contents()) files.put(path, content);
  const std::string folder(SignedLedger::kFolder);

  const auto of = [&](const char* stream) { return *check_completeness(files, folder, stream); };
  EXPECT_EQ(of("tools").streams.size(), 1U);
  EXPECT_EQ(of("tools").unsent.size(), 2U) << "it was asked";
  EXPECT_EQ(of("gateway").unsent.size(), 2U) << "it has asked";
  EXPECT_TRUE(of("memory").unsent.empty());
  EXPECT_EQ(of("memory").streams.at(0).summary.missing.size(), 1U);
  EXPECT_TRUE(of("gateway").streams.at(0).summary.missing.empty());
  EXPECT_EQ(check_completeness(files, folder, "nobody").error().code, base::Code::NotFound);
}

TEST(LedgerCompleteness, PairsWhatTwoServicesDoOnBehalfOfOneRequest) {
  SignedLedger ledger;
  SignedStream& gateway = ledger.add("gateway");
  gateway.request = "r-1";
  for (const char* act : {"tool.run.intent", "tool.run.intent", "tool.run.outcome"}) {
    gateway.append(act);
  }
  gateway.append("log.close");
  EXPECT_EQ(completeness_of(ledger).streams[0].summary.missing.size(), 1U);
}

TEST(LedgerCompleteness, WantsARecordOfTheServiceThatPassedARequestOn) {
  const LedgerCompleteness told =
      completeness_of(passed_on([](SignedStream& gateway) { gateway.append("inference.list"); }));
  EXPECT_TRUE(told.complete()) << told.text();
  EXPECT_EQ(told.passed_on, 2U);

  const LedgerCompleteness silent = completeness_of(passed_on([](SignedStream& gateway) {
    gateway.request.clear();
    gateway.append("log.close");
  }));
  EXPECT_FALSE(silent.complete());
  ASSERT_EQ(silent.unsent.size(), 2U);
  EXPECT_NE(
      silent.text().find("\ntools: tool.run.intent of r-1 at 1 was asked for by gateway, which "
                         "has no record of it\n"),
      std::string::npos)
      << silent.text();
}

TEST(LedgerCompleteness, BlamesNoSenderThatMayTellYetOrWasKilled) {
  EXPECT_EQ(completeness_of(passed_on(tell_nothing)).open, 2U);
  const LedgerCompleteness killed = completeness_of(passed_on([](SignedStream& gateway) {
    gateway.request.clear();
    gateway.append("log.open");
    gateway.append("log.close");
  }));
  EXPECT_TRUE(killed.complete()) << killed.text();
  EXPECT_EQ(killed.open, 2U);
}

TEST(LedgerCompleteness, TakesNoHeadOfAProbeForARequestThatWasPassedOn) {
  const LedgerCompleteness found = completeness_of(passed_on(
      [](SignedStream& gateway) {
        gateway.request.clear();
        gateway.append("log.close");
      },
      R"("p":1,)"));
  EXPECT_TRUE(found.complete()) << found.text();
}

}  // namespace
}  // namespace srasta::audit
