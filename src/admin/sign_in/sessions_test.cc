#include "admin/sign_in/sessions.h"

#include "admin/schema.h"
#include "admin/sign_in/random_secret.h"
#include "storage/query.h"
#include "storage/test_database.h"

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

constexpr SessionRules kRules{.idle = 60, .longest = 600};

class Sessions : public ::testing::Test {
 protected:
  [[nodiscard]] sql::Connection open(std::vector<std::string_view> steps) const {
    auto opened = store_.open(std::move(steps));
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return *std::move(opened);
  }

 private:
  sql::TestDatabase store_;
};

Session session_of(Guest guest) {
  return {.id = "s-1",
          .account = {},
          .guest = std::move(guest),
          .method = "provider",
          .signed_in = 100,
          .used = 100};
}

const Guest kZoe{.issuer = "https://idp.test",
                 .tenant = "acme",
                 .subject = "u-42",
                 .name = "Zoe",
                 .mapping = "{}"};

TEST_F(Sessions, OfAnOlderReleaseStay) {
  const crypto::Digest digest = digest_of_secret("cookie");
  std::vector<std::string_view> before = migrations();
  before.resize(2);
  {
    sql::Connection old = open(before);
    ASSERT_TRUE(old.execute("INSERT INTO account VALUES ('u-1','user','acme','local','u-1','lena',"
                            "'',0,1,NULL)")
                    .ok());
    ASSERT_TRUE(run(old, "INSERT INTO session VALUES (?, 's-0', 'u-1', 'password', 100, 100)",
                    {blob_of(digest)})
                    .ok());
  }
  sql::Connection database = open(migrations());
  const auto state = use_session(database, digest, kRules, 110, true);
  ASSERT_TRUE(state.ok() && state->session);
  EXPECT_EQ(state->session->account, "u-1");
  EXPECT_EQ(state->session->id, "s-0");
  EXPECT_FALSE(state->session->guest.has_value());
}

TEST_F(Sessions, OfGuestsNeedNoAccount) {
  sql::Connection database = open(migrations());
  const crypto::Digest digest = digest_of_secret("cookie");
  ASSERT_TRUE(open_session(database, digest, session_of(kZoe)).ok());

  const auto state = use_session(database, digest, kRules, 110, true);
  ASSERT_TRUE(state.ok() && state->session && state->session->guest);
  EXPECT_EQ(state->session->account, "");
  const Guest& guest = *state->session->guest;
  EXPECT_EQ(guest.issuer + " " + guest.tenant + " " + guest.subject, "https://idp.test acme u-42");
  EXPECT_EQ(guest.name + guest.mapping, "Zoe{}");

  const auto late = use_session(database, digest, kRules, 170, true);
  ASSERT_TRUE(late.ok() && late->ended);
  EXPECT_EQ(late->ended->reason, "idle");
  EXPECT_EQ(late->ended->session.guest->subject, "u-42");
}

TEST_F(Sessions, AreOfAnAccountOrOfAGuest) {
  sql::Connection database = open(migrations());
  const crypto::Digest digest = digest_of_secret("cookie");
  EXPECT_FALSE(
      open_session(database, digest, {.id = "s-1", .account = "u-1", .method = "password"}).ok())
      << "there is no such account";
  EXPECT_FALSE(run(database,
                   "INSERT INTO session (digest, id, issuer, method, signed_in, used) "
                   "VALUES (?, 's-1', 'https://idp.test', 'provider', 1, 1)",
                   {blob_of(digest)})
                   .ok())
      << "half a guest";
}

TEST_F(Sessions, OfOneGuestEndTogether) {
  sql::Connection database = open(migrations());
  Guest other = kZoe;
  other.tenant = "globex";
  Session second = session_of(kZoe);
  second.id = "s-2";
  Session elsewhere = session_of(other);
  elsewhere.id = "s-3";
  ASSERT_TRUE(open_session(database, digest_of_secret("1"), session_of(kZoe)).ok());
  ASSERT_TRUE(open_session(database, digest_of_secret("2"), second).ok());
  ASSERT_TRUE(open_session(database, digest_of_secret("3"), elsewhere).ok());

  ASSERT_TRUE(sign_guest_out(database, kZoe.issuer, kZoe.tenant, kZoe.subject).ok());

  const auto left = texts_in(database, "SELECT id FROM session");
  ASSERT_TRUE(left.ok());
  EXPECT_EQ(*left, std::vector<std::string>{"s-3"});
}

}  // namespace
}  // namespace srasta::admin
