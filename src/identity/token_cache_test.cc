#include "identity/token_cache.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

constexpr base::WallTime kStart{base::Seconds(1000)};
constexpr base::WallTime kEnd{base::Seconds(2000)};

crypto::Digest digest(int n) {
  return crypto::sha256(std::to_string(n));
}

TEST(TokenCache, FindsWhatWasInsertedUntilItsEnd) {
  TokenCache cache(10);
  cache.insert(digest(1), {.caller = nullptr, .until = kEnd, .issuer = 3, .generation = 7});

  const auto* entry = cache.find(digest(1), kEnd - base::Micros(1));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->issuer, 3U);
  EXPECT_EQ(entry->generation, 7U);
  EXPECT_EQ(cache.find(digest(2), kStart), nullptr);

  EXPECT_EQ(cache.find(digest(1), kEnd), nullptr);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCache, NeverHoldsMoreThanItsBoundAndDropsTheOldest) {
  TokenCache cache(100);
  for (int i = 0; i < 1000; ++i) {
    cache.insert(digest(i), {.caller = nullptr, .until = kEnd});
    if (i >= 10) {
      EXPECT_NE(cache.find(digest(0), kStart), nullptr) << "used all the time";
    }
    EXPECT_LE(cache.size(), 100U);
  }
  EXPECT_EQ(cache.find(digest(1), kStart), nullptr);
  EXPECT_NE(cache.find(digest(999), kStart), nullptr);
}

TEST(TokenCache, ForgetsEverythingWithTheRevision) {
  TokenCache cache(10);
  cache.use_revision(1);
  cache.insert(digest(1), {.caller = nullptr, .until = kEnd});

  cache.use_revision(1);
  EXPECT_EQ(cache.size(), 1U);
  cache.use_revision(2);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(TokenCache, ReplacesAnEntryOfTheSameToken) {
  TokenCache cache(10);
  cache.insert(digest(1), {.caller = nullptr, .until = kEnd, .generation = 1});
  cache.insert(digest(1), {.caller = nullptr, .until = kEnd, .generation = 2});

  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.find(digest(1), kStart)->generation, 2U);
}

TEST(TokenCache, KeepsNothingWithABoundOfZero) {
  TokenCache cache(0);
  cache.insert(digest(1), {.caller = nullptr, .until = kEnd});

  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace srasta::identity
