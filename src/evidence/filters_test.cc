#include "evidence/filters.h"

#include "evidence/live_stream.h"
#include "evidence/moment.h"

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

std::string blamed(std::string_view query, Takes takes = Takes::Page) {
  const auto question = parse_question(query, takes);
  return question ? "" : question.error().name;
}

TEST(Question, HasEveryParameter) {
  const auto question = parse_question(
      "stream=admin&since=2026-11-24&until=2026-11-25T09%3A05Z&actor=auth0%7Cu%2B1&tenant=acme&act="
      "auth.&out=deny&request=r-1&limit=1000&order=desc&cursor=abc&format=csv",
      Takes::Page);

  ASSERT_TRUE(question.has_value());
  EXPECT_EQ(question->stream, "admin");
  EXPECT_EQ(question->filters.since, "2026-11-24T00:00:00.000000Z");
  EXPECT_EQ(question->filters.until, "2026-11-25T09:05:00.000000Z");
  EXPECT_EQ(question->filters.actor, "auth0|u+1");
  EXPECT_EQ(question->filters.act, "auth.");
  EXPECT_EQ(question->filters_set, 7U);
  EXPECT_EQ(question->limit, 1000U);
  EXPECT_TRUE(question->descending);
  EXPECT_EQ(question->format, Format::Csv);
}

TEST(Question, IsAllWithoutAQuery) {
  const auto question = parse_question("", Takes::Page);

  ASSERT_TRUE(question.has_value());
  EXPECT_EQ(question->stream, "gateway");
  EXPECT_EQ(question->limit, 100U);
  EXPECT_EQ(question->filters_set, 0U);
  EXPECT_FALSE(question->descending);
}

struct Blame {
  std::string_view query;
  std::string_view name;
};

TEST(Question, BlamesTheParameter) {
  for (const Blame& row : {Blame{"limit=0", "limit"},
                           Blame{"limit=1001", "limit"},
                           Blame{"limit=-1", "limit"},
                           Blame{"limit=1e2", "limit"},
                           Blame{"limit=", "limit"},
                           Blame{"limit", "limit"},
                           Blame{"limit=5&limit=5", "limit"},
                           Blame{"order=up", "order"},
                           Blame{"out=none", "out"},
                           Blame{"out=Deny", "out"},
                           Blame{"act=", "act"},
                           Blame{"act=Auth.ok", "act"},
                           Blame{"act=.ok", "act"},
                           Blame{"act=auth..", "act"},
                           Blame{"act=auth%25", "act"},
                           Blame{"actor=a b", "actor"},
                           Blame{"actor=a+b", "actor"},
                           Blame{"actor=%00", "actor"},
                           Blame{"actor=%2", "actor"},
                           Blame{"actor=%zz", "actor"},
                           Blame{"tenant=a%20b", "tenant"},
                           Blame{"request=%22", "request"},
                           Blame{"stream=Gateway", "stream"},
                           Blame{"stream=..%2Fkeys", "stream"},
                           Blame{"stream=keys", "stream"},
                           Blame{"since=yesterday", "since"},
                           Blame{"since=2026-02-30", "since"},
                           Blame{"until=2026-13-01", "until"},
                           Blame{"cursor=", "cursor"},
                           Blame{"format=xml", "format"},
                           Blame{"offset=5", "offset"},
                           Blame{"Limit=5", "Limit"},
                           Blame{"=5", "query"},
                           Blame{"&&", "query"},
                           Blame{"%FF=1", "query"},
                           Blame{"a%20b=1", "query"},
                           Blame{"limit=5&", ""}}) {
    EXPECT_EQ(blamed(row.query), row.name) << row.query;
  }
}

TEST(Question, OfAStreamHasNoPages) {
  for (const std::string_view name : {"limit", "order", "cursor", "format"}) {
    EXPECT_EQ(blamed(std::string(name) + "=1", Takes::Stream), name);
  }
  EXPECT_EQ(blamed("act=auth.&out=ok&stream=gateway", Takes::Stream), "");
}

TEST(Moment, IsTheBeginningOfWhatWasNamed) {
  EXPECT_EQ(parse_moment("2026-11-24"), "2026-11-24T00:00:00.000000Z");
  EXPECT_EQ(parse_moment("2026-11-24T09"), "2026-11-24T09:00:00.000000Z");
  EXPECT_EQ(parse_moment("2026-11-24T09:05:01Z"), "2026-11-24T09:05:01.000000Z");
  EXPECT_EQ(parse_moment("2026-11-24T09:05:01.5"), "2026-11-24T09:05:01.500000Z");
  EXPECT_EQ(parse_moment("2026-11-24T09:05:01.000123Z"), "2026-11-24T09:05:01.000123Z");
  for (const std::string_view wrong :
       {"", "2026", "2026-11", "2026-11-24T", "2026-11-24T24", "2026-11-24T09:60", "2026-11-24 09",
        "2026-11-24T09:05:01.", "2026-11-24T09:05:01.1234567", "2026-11-24T09:05:01+01:00",
        "20261124T090501Z", "2026-11-24ZZ"}) {
    EXPECT_FALSE(parse_moment(wrong)) << wrong;
  }
}

TEST(Moment, CountsMicroseconds) {
  EXPECT_EQ(micros_of("1970-01-01T00:00:01.000002Z"), 1'000'002);
  EXPECT_EQ(micros_of("2026-01-02T03:04:05.000000Z"), 1'767'323'045'000'000);
  EXPECT_FALSE(micros_of("2026-01-02T03:04:05Z"));
}

TEST(AcceptedFormat, IsTheFirstThatWeHave) {
  EXPECT_EQ(accepted_format(""), Format::Json);
  EXPECT_EQ(accepted_format("*/*"), Format::Json);
  EXPECT_EQ(accepted_format("text/csv"), Format::Csv);
  EXPECT_EQ(accepted_format("text/html, Text/CSV;q=0.5, application/json"), Format::Csv);
  EXPECT_EQ(accepted_format("application/json, text/csv"), Format::Json);
  EXPECT_EQ(accepted_format("application/x-ndjson"), Format::Lines);
}

TEST(ResumePoint, IsBehindTheRecordThatTheFieldNames) {
  EXPECT_EQ(resume_point(std::nullopt, "gateway").value(), std::nullopt);
  EXPECT_EQ(resume_point("gateway:0", "gateway").value(), 1U);
  EXPECT_EQ(resume_point("gateway:41", "gateway").value(), 42U);
  for (const std::string_view wrong :
       {"", "41", "gateway:", "gateway:x", "gateway:-1", "gateway:01", "admin:41", "gateway:41 ",
        "gateway:18446744073709551615", "gateway:9007199254740992", ":41"}) {
    EXPECT_FALSE(resume_point(wrong, "gateway")) << wrong;
  }
}

}  // namespace
}  // namespace srasta::evidence
