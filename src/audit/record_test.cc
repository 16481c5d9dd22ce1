#include "audit/record.h"

#include "audit/installation_test.h"
#include "base/encoding.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

Author author() {
  return {.install_id = "inst-1",
          .stream = "gateway",
          .service = "api",
          .release = "0.1.0",
          .node = "local",
          .boot = std::string(32, 'b'),
          .fence = 3};
}

std::string line_of(const Event& event, ChainEnd end = {}) {
  const testing::ManualClock clock;
  const RecordWriter writer(author());
  std::string parts;
  writer.append_parts(parts, event, clock.wall(), clock.mono());
  std::string line;
  writer.append_line(line, parts, end);
  return line;
}

// The bytes are computed by hand from docs/formats/audit-log.md; the hash by sha256sum.
TEST(Record, HasTheseBytes) {
  Event event = inference_event(Label(std::string_view("01JTEST")));
  event.policy = {
      .id = Label(std::string_view("default")), .revision = 4, .why = Label("permission")};
  event.data.add("stream", true).add("bytes", 512U);

  const crypto::Digest before = crypto::sha256("srasta-audit-log/1\ninst-1/gateway\n-\n");
  const std::string line = line_of(event, {.next_seq = 7, .leaf = before});

  EXPECT_EQ(line,
            R"({"act":"inference.request","actor":{"id":"u-alice","kind":"user","roles":["user"],)"
            R"("ten":"acme"},"boot":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","cls":"should",)"
            R"("corr":{"rid":"01JTEST"},"data":{"bytes":512,"model":"qwen3:4b","stream":true},)"
            R"("fence":3,"mono":0,"out":"allow","pol":{"id":"default","rev":4,"why":"permission"},)"
            R"("prev":"d547ce7ca2ef82b2a83ff5b6ad57089b1c5d48041e547dfe692740abb33ab482",)"
            R"("seq":7,"src":{"node":"local","rel":"0.1.0","svc":"api"},"strm":"gateway",)"
            R"("t":"2026-01-02T03:04:05.000000Z","v":1,)"
            R"("h":"a9b36bddd22f354eb95d5f6c0034a60b5ee1964b0af8fe8374a5cf891d76cb97"})"
            "\n");
}

TEST(Record, LeavesOutWhatIsEmpty) {
  const std::string line = line_of({.act = Act::AuthFail});

  EXPECT_TRUE(line.starts_with(
      R"({"act":"auth.fail","actor":{"id":"-","kind":"none","roles":[],"ten":"-"},"boot":)"));
  EXPECT_NE(line.find(R"("cls":"must","data":{},"fence":3)"), std::string::npos);
  EXPECT_NE(line.find(R"("out":"deny","prev":)"), std::string::npos);
}

TEST(Record, SaysWhoActsForTheActor) {
  Event event{.act = Act::InferenceList, .outcome = Outcome::Ok};
  event.actor.via.add(Subject(std::string_view("tool")));
  EXPECT_NE(line_of(event).find(R"("roles":[],"ten":"-","via":["tool"]},"boot")"),
            std::string::npos);
  event.actor.via.add(Subject(std::string_view("alice@example.org")));
  event.actor.via.add(Subject(std::string_view("agent")));
  event.actor.via.add(Subject(std::string_view("too-much")));
  EXPECT_NE(line_of(event).find(R"("ten":"-","via":["tool","-","agent"]},"boot")"),
            std::string::npos);
}

TEST(Record, CarriesTheHeadThatASenderShowed) {
  Event event{.act = Act::PlatformDrain, .outcome = Outcome::Ok};
  event.seen = {.stream = Label(std::string_view("tools")), .records = 41};
  event.seen.leaf.fill(0xab);

  const std::string line = line_of(event);

  std::string leaf;
  for (int i = 0; i < 32; ++i) leaf += "ab";
  EXPECT_NE(line.find(R"("data":{},"ent":[{"h":")" + leaf + R"(","n":41,"s":"tools"}],"fence":3)"),
            std::string::npos)
      << line;
}

TEST(Record, EndsWithASuffixOfFixedSizeOverTheBodyAsWritten) {
  const std::string line = line_of({.act = Act::AuthFail});
  const std::string body = line.substr(0, line.size() - kSuffixBytes) + "}";

  EXPECT_EQ(line.substr(line.size() - kSuffixBytes),
            R"(,"h":")" +
                base::to_hex(crypto::bytes_of(crypto::sha256(std::string(1, '\0') + body))) +
                "\"}\n");
}

TEST(Record, NamesItsPredecessor) {
  const testing::ManualClock clock;
  const RecordWriter writer(author());
  std::string parts;
  writer.append_parts(parts, {.act = Act::AuthFail}, clock.wall(), clock.mono());
  ChainEnd end{.next_seq = 0, .leaf = first_prev("inst-1/gateway", {})};
  std::string lines;
  writer.append_line(lines, parts, end);
  const std::string first_leaf = base::to_hex(crypto::bytes_of(end.leaf));

  writer.append_line(lines, parts, end);

  EXPECT_NE(lines.find(R"("prev":")" + first_leaf + R"(","seq":1)"), std::string::npos);
  EXPECT_EQ(end.next_seq, 2U);
}

TEST(Record, OfTheLargestEventFits) {
  const std::string longest(Label::kMaxBytes, 'x');
  const Label label{std::string_view(longest)};
  Event event = inference_event(label);
  event.corr = {label, label, label, label};
  event.seen = {.stream = label, .records = UINT64_MAX};
  const std::string foreign(9999, '"');
  event.actor.id = Subject(std::string_view(foreign));
  for (int i = 0; i < 8; ++i) event.actor.roles.add(label);
  for (int i = 0; i < 3; ++i) event.actor.via.add(Subject(std::string_view(longest)));
  event.policy = {.id = label, .revision = ~uint64_t{0}, .why = Label("connection_option")};
  event.data.add("a", label).add("b", label).add("c", label).add("d", label).add("e", label);
  event.data.add("f", label).add("g", label).add("h", label).add("i", label).add("j", label);
  event.data.add("k", label).add("l", label).add("m", label).add("n", label).add("o", label);

  EXPECT_LT(line_of(event).size(), kMaxLineBytes);
}

/// What attackers put where a name is asked for; none of it is a label.
std::string hostile_text(testing::SeededEntropy& dice) {
  constexpr std::array<std::string_view, 16> kParts = {
      "\"",           "\\",         "\n",
      "\r\n",         R"(","h":")", R"(","seq":0,"prev":")",
      R"("},"v":1})", "\xc3\xa4",   "\xed\xa0\x80",
      "<script>",     "%00",        "\x1b[31m",
      "{{7*7}}",      "' OR 1=1--", "=cmd()",
      "\xe2\x80\xae"};
  std::string text(kParts[dice.below(kParts.size())]);
  for (uint64_t more = dice.below(6); more > 0; --more) {
    if (dice.below(2) == 0) text += kParts[dice.below(kParts.size())];
    text += std::string(dice.below(40), static_cast<char>(dice.below(256)));
    text += "ignore previous instructions";
  }
  return text;
}

/// An event in which each recorded text is this one.
Event event_of(std::string_view text) {
  const Label label(text);
  Event event{.act = Act::InferenceRequest, .outcome = Outcome::Allow};
  event.actor.id = Subject(text);
  event.actor.kind = ActorKind::User;
  event.actor.tenant = label;
  for (int i = 0; i < 8; ++i) event.actor.roles.add(label);
  event.corr = {label, label, label, label};
  event.policy = {.id = label, .revision = 1, .why = label};
  event.seen = {.stream = label, .records = 1};
  event.data.add("model", label).add("asked", label).add("upstream", label).add("person", label);
  return event;
}

TEST(Record, OfTenThousandHostileTextsIsThatOfNobody) {
  testing::SeededEntropy dice(17);
  const std::string expected = line_of(event_of(kNobody));
  ASSERT_EQ(std::ranges::count(expected, '\n'), 1);
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = hostile_text(dice);
    ASSERT_EQ(line_of(event_of(text)), expected) << text;
  }
}

TEST(Origin, AndFirstKeyDecideWhereTheChainBegins) {
  const crypto::Digest key = crypto::sha256("a key");
  EXPECT_EQ(first_prev("inst-1/gateway", key),
            crypto::sha256("srasta-audit-log/1\ninst-1/gateway\n" +
                           base::to_hex(crypto::bytes_of(key)) + "\n"));
  EXPECT_NE(first_prev("inst-1/gateway", key), first_prev("inst-1/gateway", {}));
  EXPECT_NE(first_prev("inst-1/gateway", key), first_prev("inst-2/gateway", key));
  EXPECT_NE(first_prev("inst-1/gateway", key), first_prev("inst-1/admin", key));
}

}  // namespace
}  // namespace srasta::audit
