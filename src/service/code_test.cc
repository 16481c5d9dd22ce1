#include "service/code.h"

#include <set>

#include <gtest/gtest.h>

namespace srasta::service {
namespace {

TEST(ErrorCode, HasOneRowEachWithAUniqueName) {
  std::set<std::string_view> names;
  for (const CodeFacts& facts : all_codes()) {
    EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
    EXPECT_GE(facts.status, 400);
    EXPECT_FALSE(facts.message.empty());
  }
}

TEST(ErrorCode, StandsWhereItsFactsDo) {
  EXPECT_EQ(&facts_of(ErrorCode::BadRequestLine), all_codes().data());
  EXPECT_EQ(facts_of(ErrorCode::BadRequestLine).name, "bad_request_line");
  EXPECT_EQ(facts_of(ErrorCode::KeysRefreshing).name, "keys_refreshing");
  EXPECT_EQ(facts_of(ErrorCode::KeysRefreshing).status, 503);
  EXPECT_EQ(facts_of(ErrorCode::KeysRefreshing).act, audit::Act::AuthKeysFail);
  EXPECT_EQ(facts_of(ErrorCode::AuditUnavailable).act, std::nullopt);
}

}  // namespace
}  // namespace srasta::service
