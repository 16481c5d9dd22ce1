#include "evidence/cursor.h"

#include "base/encoding.h"
#include "testing/seeded_entropy.h"

#include <span>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

const Question kQuestion{.filters = {.act = "auth."}};
const CursorScope kScope{.log = "inst-1", .question = kQuestion, .tenant = "acme"};

TEST(Cursor, ComesBackAsItWas) {
  for (const Cursor cursor :
       {Cursor{}, Cursor{.next = 5, .end = 9}, Cursor{.next = ~uint64_t{0}, .end = ~uint64_t{0}}}) {
    EXPECT_EQ(decode_cursor(encode_cursor(cursor, kScope), kScope), cursor);
  }
}

TEST(Cursor, IsGoodForItsQuestionOnly) {
  const std::string text = encode_cursor({.next = 5, .end = 9}, kScope);
  Question other = kQuestion;
  const auto is_good = [&](const CursorScope& scope) {
    return decode_cursor(text, scope).has_value();
  };

  EXPECT_FALSE(is_good({"inst-2", kQuestion, "acme"}));
  EXPECT_FALSE(is_good({"inst-1", kQuestion, "globex"}));
  EXPECT_FALSE(is_good({"inst-1", kQuestion, ""}));
  other.descending = true;
  EXPECT_FALSE(is_good({"inst-1", other, "acme"}));
  other = kQuestion;
  other.stream = "admin";
  EXPECT_FALSE(is_good({"inst-1", other, "acme"}));
  other = kQuestion;
  other.filters = {.actor = "auth."};
  EXPECT_FALSE(is_good({"inst-1", other, "acme"}));
  other = kQuestion;
  other.limit = 7;
  other.format = Format::Csv;
  EXPECT_TRUE(is_good({"inst-1", other, "acme"}));
}

TEST(Cursor, RefusesEveryChangedCharacterAndLength) {
  const std::string text = encode_cursor({.next = 5, .end = 9}, kScope);

  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'A', 'z', '-', '=', '%', '\0', ' '}) {
      std::string changed = text;
      changed[i] = c;
      if (changed != text) EXPECT_FALSE(decode_cursor(changed, kScope)) << changed;
    }
    EXPECT_FALSE(decode_cursor(text.substr(0, i), kScope));
  }
  EXPECT_FALSE(decode_cursor(text + "A", kScope));
  EXPECT_FALSE(decode_cursor(text + "=", kScope));
}

TEST(Cursor, RefusesWhatNobodyMade) {
  testing::SeededEntropy dice(3);
  for (int i = 0; i < 10'000; ++i) {
    std::string bytes(static_cast<size_t>(i % 40), '\0');
    dice.fill(std::as_writable_bytes(std::span(bytes)));
    EXPECT_FALSE(decode_cursor(bytes, kScope));
    EXPECT_FALSE(decode_cursor(base::to_base64url(bytes), kScope));
  }
}

TEST(Cursor, RefusesANextBehindTheEnd) {
  EXPECT_FALSE(decode_cursor(encode_cursor({.next = 10, .end = 9}, kScope), kScope));
}

}  // namespace
}  // namespace srasta::evidence
