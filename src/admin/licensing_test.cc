#include "admin/licensing.h"

#include "admin/schema.h"
#include "identity/license_file.h"
#include "storage/test_database.h"

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

using access::Posture;

constexpr int64_t kDay = 24 * 60 * 60;
constexpr int64_t kNow = 1'800'000'000;

class Licenses : public ::testing::Test {
 protected:
  Licenses() : key_(*crypto::PrivateKey::generate(crypto::KeyType::Ed25519)) {
    licensing_.keys.push_back(*crypto::PublicKey::ed25519(key_.public_bytes()));
    licensing_.install = "install-1";
  }
  void SetUp() override {
    auto opened = store_.open(migrations());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    database_.emplace(*std::move(opened));
  }
  [[nodiscard]] std::string license_until(int64_t expires) const {
    return *identity::sign_license({.license = {.id = "l-1",
                                                .customer = "Acme",
                                                .edition = "team",
                                                .not_before = kNow - 365 * kDay,
                                                .expires = expires},
                                    .install = {}},
                                   key_);
  }
  Answered<std::string> install(const std::string& text, int64_t now = kNow) {
    const Actor host{};
    service::Journal::Change change;
    return install_license(
        {.database = *database_, .actor = host, .declared = declared_, .now = now}, change,
        licensing_, text);
  }
  [[nodiscard]] LicenseState state(int64_t wall, int64_t uptime = 0) {
    auto read = license_state(*database_, licensing_, wall, uptime);
    EXPECT_TRUE(read.ok());
    EXPECT_TRUE(note_time(*database_, read->clock).ok());
    return *std::move(read);
  }

  const crypto::PrivateKey key_;
  Licensing licensing_;
  const access::AccessRules declared_;
  sql::TestDatabase store_;
  std::optional<sql::Connection> database_;
};

TEST_F(Licenses, AreNoneAtFirst) {
  EXPECT_EQ(state(kNow).posture, Posture::Community);
}

TEST_F(Licenses, RunOutAndNeitherTheClockNorAnotherKeyBringsThemBack) {
  ASSERT_TRUE(install(license_until(kNow + 40 * kDay)).has_value());
  EXPECT_EQ(state(kNow).posture, Posture::Valid);
  EXPECT_EQ(state(kNow + 20 * kDay).posture, Posture::Expiring);
  EXPECT_EQ(state(kNow + 41 * kDay).posture, Posture::Grace);
  EXPECT_EQ(state(kNow + 55 * kDay).posture, Posture::ReadOnly);
  EXPECT_EQ(state(kNow).posture, Posture::ReadOnly);
  licensing_.keys.clear();
  EXPECT_EQ(state(kNow + 55 * kDay).posture, Posture::ReadOnly);
  EXPECT_EQ(state(kNow + 55 * kDay).problem, "signature");
}

TEST_F(Licenses, DoNotRunOutByAJumpOfTheClock) {
  ASSERT_TRUE(install(license_until(kNow + 40 * kDay)).has_value());
  EXPECT_EQ(state(kNow).posture, Posture::Valid);
  EXPECT_EQ(state(kNow + 400 * kDay).posture, Posture::Valid);
  EXPECT_TRUE(state(kNow + 400 * kDay).clock.suspect);
  EXPECT_EQ(state(kNow + 400 * kDay, kDay).posture, Posture::ReadOnly);
}

TEST_F(Licenses, AcceptAJumpThatSomebodyVouchesFor) {
  ASSERT_TRUE(install(license_until(kNow + 40 * kDay)).has_value());
  EXPECT_EQ(state(kNow).posture, Posture::Valid);
  const Actor host{};
  service::Journal::Change change;
  ASSERT_TRUE(
      accept_clock(
          {.database = *database_, .actor = host, .declared = declared_, .now = kNow + 400 * kDay},
          change)
          .has_value());
  EXPECT_EQ(state(kNow + 400 * kDay).posture, Posture::ReadOnly);
}

TEST_F(Licenses, ThatDoNotCountLeaveTheOneBefore) {
  ASSERT_TRUE(install(license_until(kNow + 400 * kDay)).has_value());
  const auto refused = install("a.b.c");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "signature");
  EXPECT_EQ(state(kNow).posture, Posture::Valid);
}

TEST_F(Licenses, AreRemovedByWhoMay) {
  ASSERT_TRUE(install(license_until(kNow - 20 * kDay)).has_value());
  EXPECT_EQ(state(kNow).posture, Posture::ReadOnly);
  const Actor host{};
  service::Journal::Change change;
  ASSERT_TRUE(
      remove_license({.database = *database_, .actor = host, .declared = declared_, .now = kNow},
                     change)
          .has_value());
  EXPECT_EQ(state(kNow).posture, Posture::Community);
}

}  // namespace
}  // namespace srasta::admin
