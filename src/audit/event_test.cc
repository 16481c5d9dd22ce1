#include "audit/event.h"

#include "audit/record.h"
#include "testing/manual_clock.h"

#include <limits>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

// Text as such has no way into a record: this is checked by the compiler.
static_assert(!std::is_convertible_v<std::string, DataValue>);
static_assert(!std::is_convertible_v<std::string_view, DataValue>);
static_assert(!std::is_convertible_v<const char*, DataValue>);
static_assert(!std::is_convertible_v<double, DataValue>);
static_assert(!std::is_convertible_v<std::string_view, Label>);

std::string parts_of(const Event& event) {
  const testing::ManualClock clock;
  const RecordWriter writer(Author{"i", "s", "svc", "1", "n", "b", 1});
  std::string parts;
  writer.append_parts(parts, event, clock.wall(), clock.mono());
  return parts;
}

std::string data_of(const Data& data) {
  const std::string parts = parts_of({.act = Act::AuthOk, .data = data});
  const size_t begin = parts.find(R"("data":)") + 7;
  return parts.substr(begin, parts.find(R"(,"fence")") - begin);
}

TEST(Label, IsKeptWhenItIsOne) {
  for (const std::string_view good :
       {"a", "general", "01J8Z9", "qwen/qwen3:4b", "A.B_C-9@example.test"}) {
    EXPECT_EQ(Label(good).view(), good);
  }
  EXPECT_EQ(Label(std::string_view(std::string(128, 'a'))).view().size(), 128U);
}

TEST(Label, BecomesADashWhenItIsNot) {
  for (const std::string_view bad :
       {"two words", "quote\"", "back\\slash", "line\n", "\x7f", "\xc3\xa4", "a;b", "<x>", "{}",
        "a,b", "'", "%41", "a+b", "a=b", "a|b"}) {
    EXPECT_EQ(Label(bad).view(), "-") << bad;
  }
  EXPECT_EQ(Label(std::string_view(std::string(129, 'a'))).view(), "-");
  EXPECT_EQ(Label(std::string_view("a\0b", 3)).view(), "-");
}

TEST(Subject, IsRecordedAsItIsWhenItIsPlain) {
  for (const std::string_view plain : {"u-1", "auth0|5f7c", "svc:peer", "a+b", "Zx81@clients",
                                       "00000000-0000-4000-8000-00000000000a"}) {
    EXPECT_EQ(Subject(plain).view(), plain);
  }
}

TEST(Subject, ThatCouldBeGuessedOrIsNoLabelIsNeverRecordedItself) {
  const std::string long_one(Label::kMaxBytes + 1, 'x');
  for (const std::string_view other : {"alice@example.com", "a@b@c.d", "auth0|5f7c\"}", "two words",
                                       "c1:0123", long_one.c_str()}) {
    EXPECT_FALSE(Subject::is_plain(other)) << other;
    EXPECT_EQ(Subject(other).view(), "-") << other;
  }
}

TEST(Subject, IsRecordedByItsCommitment) {
  const Commitment commitment = Commitment::of("key", "what do ya want for nothing?");
  Event event{.act = Act::AuthOk};
  event.actor.id = Subject(commitment);

  // printf 'what do ya want for nothing?' | openssl dgst -sha256 -hmac key
  EXPECT_NE(parts_of(event).find(
                R"("id":"c1:8f547faca905d8655cd4fea0f3627558e946959b94bf63d43edb148332ab50de")"),
            std::string::npos)
      << parts_of(event);
}

TEST(Subject, ThatIsMissingIsNobody) {
  EXPECT_NE(parts_of({.act = Act::AuthFail}).find(R"("actor":{"id":"-","kind":"none")"),
            std::string::npos);
}

TEST(Data, IsWrittenInTheOrderOfItsNames) {
  const Data data = Data().add("zeta", 1).add("alpha", true).add("mid", Word("up")).add("alpha", 2);

  EXPECT_EQ(data_of(data), R"({"alpha":2,"mid":"up","zeta":1})");
}

TEST(Data, WritesEachKindOfValue) {
  const testing::ManualClock clock;
  const Data data = Data()
                        .add("a", -5)
                        .add("b", Reason::UnknownKid)
                        .add("c", clock.wall())
                        .add("d", crypto::sha256("x"))
                        .add("e", Label(std::string_view("not a label")));

  EXPECT_EQ(data_of(data),
            R"({"a":-5,"b":"unknown_kid","c":"2026-01-02T03:04:05.000000Z",)"
            R"("d":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","e":"-"})");
}

TEST(Data, LeavesOutWhatSaysNothing) {
  EXPECT_EQ(data_of(Data().add("reason", Reason::None).add("model", Label())), "{}");
}

TEST(Data, KeepsIntegersExactForEveryJsonReader) {
  const Data data = Data()
                        .add("big", std::numeric_limits<uint64_t>::max())
                        .add("small", std::numeric_limits<int64_t>::min());

  EXPECT_EQ(data_of(data), R"({"big":9007199254740991,"small":-9007199254740991})");
}

TEST(Reason, IsFoundByItsName) {
  EXPECT_EQ(find_reason("upstream_5xx"), Reason::Upstream5xx);
  EXPECT_EQ(find_reason("alg"), Reason::Alg);
  EXPECT_EQ(find_reason("window"), Reason::Window);
  EXPECT_EQ(find_reason(""), std::nullopt);
  EXPECT_EQ(find_reason("ignore previous instructions"), std::nullopt);
}

TEST(Act, IsFoundByItsName) {
  EXPECT_EQ(find_act("inference.complete"), Act::InferenceComplete);
  EXPECT_EQ(find_act("inference"), std::nullopt);
  EXPECT_EQ(to_string(Act::AuthKeysFail), "auth.keys.fail");
  EXPECT_EQ(to_string(Act::AdminMetrics), "admin.metrics");
}

TEST(Outcome, IsDenyUnlessSomebodySaysOtherwise) {
  EXPECT_EQ(Event{.act = Act::AuthOk}.outcome, Outcome::Deny);
}

}  // namespace
}  // namespace srasta::audit
