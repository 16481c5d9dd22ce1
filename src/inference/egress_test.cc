#include "inference/egress.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

TEST(EgressAcknowledgement, IsReadAsItWasWritten) {
  const EgressAcknowledgement made{.upstream = "cloud",
                                   .destination = "https://api.example.org:443",
                                   .actor = "uid:0",
                                   .time = "2026-11-30T12:00:00Z",
                                   .stream = "operator",
                                   .seq = 17};
  const auto read = EgressAcknowledgement::parse(made.json());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->upstream, made.upstream);
  EXPECT_EQ(read->destination, made.destination);
  EXPECT_EQ(read->actor, made.actor);
  EXPECT_EQ(read->time, made.time);
  EXPECT_EQ(read->stream, made.stream);
  EXPECT_EQ(read->seq, made.seq);
}

TEST(EgressAcknowledgement, IsNotGuessedFromPartOfIt) {
  for (const char* text : {"", "{}", "[]", R"({"upstream":"a","destination":"b"})",
                           R"({"upstream":"a","destination":"b","actor":"c","time":"d",)"
                           R"("stream":"operator","seq":-1})",
                           R"({"upstream":"","destination":"b","actor":"c","time":"d",)"
                           R"("stream":"operator","seq":1})"}) {
    EXPECT_FALSE(EgressAcknowledgement::parse(text).ok()) << text;
  }
}

TEST(DestinationOf, NamesSchemeHostAndPort) {
  EXPECT_EQ(destination_of(*http::parse_url("https://api.example.org/v1")),
            "https://api.example.org:443");
  EXPECT_NE(destination_of(*http::parse_url("http://api.example.org:443")),
            destination_of(*http::parse_url("https://api.example.org")));
}

}  // namespace
}  // namespace srasta::inference
