#include "service/code.h"

#include <set>

#include <gtest/gtest.h>

namespace srasta::service {
namespace {

TEST(ErrorCode, HasOneRowEachWithAUniqueName) {
  std::set<std::string_view> names;
  for (size_t i = 0; i <= static_cast<size_t>(ErrorCode::HttpVersionUnsupported); ++i) {
    const CodeFacts& facts = facts_of(static_cast<ErrorCode>(i));
    EXPECT_TRUE(names.insert(facts.name).second) << facts.name;
    EXPECT_GE(facts.status, 400);
    EXPECT_FALSE(facts.message.empty());
  }
}

}  // namespace
}  // namespace srasta::service
