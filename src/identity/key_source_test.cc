#include "identity/key_source.h"

#include "identity/test_tokens.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using base::Seconds;
using Document = KeySource::Document;

const std::string kDiscovery =
    R"({"issuer":"https://idp-a.test:8443","jwks_uri":"https://idp-a.test:8443/jwks"})";

std::unexpected<KeysFailure> failed(TokenFault fault = TokenFault::KeysUnavailable) {
  return std::unexpected(KeysFailure{fault, "no answer"});
}

class KeySourceTest : public testing::Test {
 protected:
  KeySource source_{{.location = {.issuer = std::string(kIssuerA)}}};
  base::MonoTime now_{Seconds(1000)};
  NamedKey first_ = make_key("a-ec", crypto::Algorithm::ES256);
  NamedKey second_ = make_key("a-ec2", crypto::Algorithm::ES256);

  void expect_fetch(Document document) {
    const auto fetch = source_.wants_fetch(now_);
    ASSERT_TRUE(fetch.has_value());
    EXPECT_EQ(fetch->document, document);
  }

  void load(std::optional<Seconds> max_age = std::nullopt) {
    expect_fetch(Document::Discovery);
    EXPECT_TRUE(source_.on_discovery(kDiscovery, now_, std::nullopt).has_value());
    answer_keys(first_, max_age);
  }

  void answer_keys(const NamedKey& key, std::optional<Seconds> max_age = std::nullopt) {
    expect_fetch(Document::Keys);
    EXPECT_TRUE(source_.on_keys(jwks_of({key.jwk()}), now_, max_age).has_value());
  }

  [[nodiscard]] bool has_key(std::string_view kid) const {
    const auto state = source_.state(now_);
    return state.keys != nullptr && state.keys->choose(kid, crypto::Algorithm::ES256).has_value();
  }
};

TEST_F(KeySourceTest, FetchesDiscoveryThenKeys) {
  EXPECT_EQ(source_.state(now_).keys, nullptr);
  const auto fetch = source_.wants_fetch(now_);
  ASSERT_TRUE(fetch.has_value());
  EXPECT_EQ(fetch->url, "https://idp-a.test:8443/.well-known/openid-configuration");
  EXPECT_FALSE(source_.wants_fetch(now_)) << "one at a time";

  EXPECT_TRUE(source_.on_discovery(kDiscovery, now_, std::nullopt).has_value());
  EXPECT_EQ(source_.wants_fetch(now_)->url, "https://idp-a.test:8443/jwks");
  EXPECT_EQ(source_.on_keys(jwks_of({first_.jwk()}), now_, std::nullopt), true);

  EXPECT_TRUE(has_key("a-ec"));
  EXPECT_EQ(source_.state(now_).generation, 1U);
  EXPECT_FALSE(source_.wants_fetch(now_));
}

TEST_F(KeySourceTest, RefreshesByCacheControlWithinBounds) {
  load(Seconds(120));
  EXPECT_EQ(source_.next_fetch(), now_ + Seconds(120));

  now_ += Seconds(120);
  answer_keys(first_, Seconds(0));
  EXPECT_EQ(source_.next_fetch(), now_ + Seconds(60));

  now_ += Seconds(60);
  answer_keys(first_, Seconds(int64_t{1} << 40));
  EXPECT_EQ(source_.next_fetch(), now_ + Seconds(12 * 3600)) << "half of what it may be stale";
}

TEST_F(KeySourceTest, ChangesTheGenerationOnlyWithTheSet) {
  load(Seconds(60));
  now_ += Seconds(60);
  answer_keys(first_, Seconds(60));
  EXPECT_EQ(source_.state(now_).generation, 1U);

  now_ += Seconds(60);
  answer_keys(second_, Seconds(60));

  EXPECT_EQ(source_.state(now_).generation, 2U);
  EXPECT_FALSE(has_key("a-ec"));
  EXPECT_TRUE(has_key("a-ec2"));
}

TEST_F(KeySourceTest, NeverReplacesAGoodSetByAFailureOrGarbage) {
  load(Seconds(60));
  for (const char* body : {"", "<html>login</html>", R"({"keys":[]})", R"({"keys":null})", "null",
                           R"({"keys":[{"kty":"oct","k":"AA"}]})"}) {
    now_ = source_.next_fetch();
    auto fetch = source_.wants_fetch(now_);
    if (fetch && fetch->document == Document::Discovery) {
      EXPECT_FALSE(source_.on_discovery(failed(), now_, std::nullopt).has_value());
      fetch = source_.wants_fetch(now_);
    }
    ASSERT_TRUE(fetch.has_value());
    const auto outcome = source_.on_keys(body, now_, std::nullopt);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().fault, TokenFault::JwksBad);
    EXPECT_TRUE(has_key("a-ec")) << body;
  }
}

TEST_F(KeySourceTest, RetriesMoreSlowlyWhileTheProviderIsDown) {
  load(Seconds(60));
  std::vector<int64_t> delays;
  for (int i = 0; i < 5; ++i) {
    now_ = source_.next_fetch();
    const auto fetch = source_.wants_fetch(now_);
    ASSERT_TRUE(fetch.has_value());
    if (fetch->document == Document::Discovery) {
      EXPECT_FALSE(source_.on_discovery(failed(), now_, std::nullopt).has_value());
      ASSERT_TRUE(source_.wants_fetch(now_).has_value()) << "goes on to the keys";
    }
    EXPECT_FALSE(source_.on_keys(failed(), now_, std::nullopt).has_value());
    delays.push_back(std::chrono::floor<Seconds>(source_.next_fetch() - now_).count());
  }
  EXPECT_EQ(delays, (std::vector<int64_t>{10, 20, 40, 60, 60}));
}

TEST_F(KeySourceTest, ServesTheLastGoodSetForADayAndNoLonger) {
  load();
  now_ += Seconds(24 * 3600);
  EXPECT_TRUE(has_key("a-ec"));

  now_ += Seconds(1);

  EXPECT_EQ(source_.state(now_).keys, nullptr);
  EXPECT_EQ(source_.state(now_).unavailable, TokenFault::KeysStale);
}

TEST_F(KeySourceTest, AsksInTimeHoweverShortKeysMayBeStale) {
  source_ = KeySource({.location = {.issuer = std::string(kIssuerA)}, .max_stale = Seconds(10)});
  EXPECT_EQ(source_.stale_from(), base::MonoTime::max());
  load(Seconds(3600));
  const base::MonoTime loaded = now_;
  EXPECT_EQ(source_.next_fetch(), loaded + Seconds(5));

  now_ = source_.next_fetch();
  expect_fetch(Document::Keys);
  EXPECT_FALSE(source_.on_keys(failed(), now_, std::nullopt).has_value());
  EXPECT_LT(source_.next_fetch(), loaded + Seconds(10));

  now_ = loaded + Seconds(10);
  EXPECT_TRUE(has_key("a-ec"));
  now_ = source_.stale_from();
  EXPECT_LT(now_, loaded + Seconds(10) + base::Millis(1));
  EXPECT_EQ(source_.state(now_).unavailable, TokenFault::KeysStale);
}

TEST_F(KeySourceTest, SaysWhyNothingWasEverLoaded) {
  expect_fetch(Document::Discovery);
  const std::string other = R"({"issuer":"https://idp-a.test:8443/","jwks_uri":"x"})";
  EXPECT_FALSE(source_.on_discovery(other, now_, std::nullopt).has_value());
  EXPECT_EQ(source_.state(now_).unavailable, TokenFault::IssuerMismatch);
  EXPECT_FALSE(source_.wants_fetch(now_)) << "not at once again";

  now_ = source_.next_fetch();
  expect_fetch(Document::Discovery);
  EXPECT_FALSE(source_.on_discovery(failed(TokenFault::Tls), now_, std::nullopt).has_value());
  EXPECT_EQ(source_.state(now_).unavailable, TokenFault::Tls);
}

TEST_F(KeySourceTest, FindsAProviderThatStartsLateWithinTenSeconds) {
  for (const int64_t delay : {1, 2, 4, 8, 10, 10}) {
    expect_fetch(Document::Discovery);
    EXPECT_FALSE(source_.on_discovery(failed(), now_, std::nullopt).has_value());
    EXPECT_EQ(source_.next_fetch(), now_ + Seconds(delay));
    now_ = source_.next_fetch();
  }
  load();
  EXPECT_TRUE(has_key("a-ec"));
}

TEST_F(KeySourceTest, FetchesAtOnceForAnUnknownKeyAndLetsOthersWait) {
  load();
  now_ += Seconds(1);

  EXPECT_TRUE(source_.on_unknown_kid(now_).wait);
  expect_fetch(Document::Keys);
  EXPECT_TRUE(source_.on_unknown_kid(now_).wait) << "the same fetch serves everybody";
  EXPECT_FALSE(source_.wants_fetch(now_));
  EXPECT_TRUE(source_.on_keys(jwks_of({second_.jwk()}), now_, std::nullopt).has_value());

  EXPECT_TRUE(has_key("a-ec2"));
}

TEST_F(KeySourceTest, SpendsAtMostTwoFetchesInTenSecondsOnUnknownKeys) {
  load();
  int fetches = 0;
  for (int tenths = 0; tenths < 600; ++tenths, now_ += base::Millis(100)) {
    const auto refresh = source_.on_unknown_kid(now_);
    if (!refresh.wait) {
      EXPECT_GE(refresh.retry_after, Seconds(1));
      EXPECT_LE(refresh.retry_after, Seconds(10));
      EXPECT_FALSE(source_.wants_fetch(now_));
      continue;
    }
    answer_keys(first_);
    ++fetches;
    if (tenths < 100) {
      EXPECT_LE(fetches, 2);
    }
  }
  EXPECT_LE(fetches, 7) << "in one minute of flood";
}

TEST_F(KeySourceTest, HasItsBudgetBackAfterTheQuietPeriod) {
  load();
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(source_.on_unknown_kid(now_).wait);
    answer_keys(first_);
  }
  EXPECT_FALSE(source_.on_unknown_kid(now_).wait);

  now_ += Seconds(10);

  EXPECT_TRUE(source_.on_unknown_kid(now_).wait);
}

}  // namespace
}  // namespace srasta::identity
