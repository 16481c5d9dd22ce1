#include "identity/credential_slot.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using Values = std::vector<std::string_view>;

std::string find(const Values& authorization, const Values& x_api_key = {},
                 const Values& api_key = {}, std::string_view query = {}) {
  const auto found = find_credential(
      {.authorization = authorization, .x_api_key = x_api_key, .api_key = api_key, .query = query});
  return found ? "token " + std::string(*found) : std::string(to_string(found.error()));
}

TEST(CredentialSlot, ReadsBearerInEverySpellingOfTheScheme) {
  for (const char* value : {"Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer   a.b.c",
                            " Bearer a.b.c", "Bearer a.b.c \t "}) {
    EXPECT_EQ(find({value}), "token a.b.c") << value;
  }
}

TEST(CredentialSlot, IsOneSlotWithThreeNames) {
  EXPECT_EQ(find({}, {"a.b.c"}), "token a.b.c");
  EXPECT_EQ(find({}, {}, {"a.b.c"}), "token a.b.c");
  EXPECT_EQ(find({"Bearer a.b.c"}, {"a.b.c"}, {"a.b.c"}), "token a.b.c");
}

TEST(CredentialSlot, IsMissingWhenNothingIsThere) {
  EXPECT_EQ(find({}), "no_credential");
}

TEST(CredentialSlot, NeverTakesAnEmptyCredentialForNone) {
  for (const char* value : {"Bearer", "Bearer ", "bearer   ", "", "  "}) {
    EXPECT_EQ(find({value}), "empty_token") << value;
  }
  EXPECT_EQ(find({}, {""}), "empty_token");
  EXPECT_EQ(find({"Bearer a.b.c"}, {" "}), "empty_token");
}

TEST(CredentialSlot, RefusesOtherSchemes) {
  for (const char* value :
       {"a.b.c", "Bearera.b.c", "Bearer:a.b.c", "Bearer=a.b.c", "Bearer,a.b.c", "Basic dTpw",
        "\xEF\xBB\xBF"
        "Bearer a.b.c",
        "Bearer\xC2\xA0"
        "a.b.c"}) {
    EXPECT_EQ(find({value}), "scheme") << value;
  }
}

TEST(CredentialSlot, RefusesCharactersThatNoTokenHas) {
  for (const char* value :
       {"Bearer \"a.b.c\"", "Bearer\ta.b.c", "Bearer a.b .c", "Bearer a.b\t.c",
        "Bearer a.b.c, Bearer d.e.f", "Bearer a.b.c;", "Bearer a\x01", "Bearer \xC3\xA9"}) {
    EXPECT_EQ(find({value}), "token_chars") << value;
  }
  EXPECT_EQ(find({}, {"Bearer a.b.c"}), "token_chars");
}

// Padding inside a token is a fault of the token, not of the slot.
TEST(CredentialSlot, LeavesPaddingToTheToken) {
  EXPECT_EQ(find({"Bearer a==.b.c"}), "token a==.b.c");
}

// CVE-2026-49230: one credential authenticates, another one authorises.
TEST(CredentialSlot, RefusesTwoDifferentCredentials) {
  EXPECT_EQ(find({"Bearer a.b.c"}, {"k1"}), "two_credentials");
  EXPECT_EQ(find({}, {"k1"}, {"k2"}), "two_credentials");
  EXPECT_EQ(find({"Bearer k1"}, {}, {"k2"}), "two_credentials");
}

TEST(CredentialSlot, RefusesAFieldTwiceEvenIfEqual) {
  EXPECT_EQ(find({"Bearer a", "Bearer a"}), "duplicate_header");
  EXPECT_EQ(find({}, {"a", "a"}), "duplicate_header");
}

TEST(CredentialSlot, IsNeverInTheQuery) {
  for (const char* query : {"access_token=a.b.c", "api_key=k", "api-key=k", "x=1&key=k", "key"}) {
    EXPECT_EQ(find({}, {}, {}, query), "no_credential") << query;
    EXPECT_EQ(public_code(find_credential({.api_key = Values{"k"}, .query = query}).error()),
              PublicCode::CredentialInQuery)
        << query;
  }
  EXPECT_EQ(find({"Bearer a.b.c"}, {}, {}, "keys=1&monkey=2&x=key&"), "token a.b.c");
}

}  // namespace
}  // namespace srasta::identity
