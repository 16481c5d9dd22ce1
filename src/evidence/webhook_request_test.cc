#include "evidence/webhook_request.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

base::Result<base::Secret> parse(const std::string& text) {
  return parse_webhook_secret(base::Secret(text));
}

SinkBatch batch() {
  return {.stream = "gateway",
          .records = {{.seq = 7, .line = R"({"a":1})"}, {.seq = 8, .line = R"({"b":2})"}}};
}

TEST(WebhookSecret, IsWhsecAndTheBase64OfEnoughBytes) {
  const auto secret = parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(secret->expose().size(), 24U);
  EXPECT_TRUE(parse("whsec_" + std::string(84, 'A') + "AQ==").ok());
}

TEST(WebhookSecret, IsNothingElse) {
  for (const std::string& text :
       {std::string(), std::string("whsec_"), std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"),
        std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa=="),
        std::string("whsec_MfKQ9r8GKYqrTwjUPD8I_PZIo2LaLaSw"),
        std::string("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"),
        "whsec_" + std::string(87, 'A') + "=", "whsec_" + std::string(86, 'A') + "=="}) {
    const auto secret = parse(text);
    ASSERT_FALSE(secret.ok()) << text;
    EXPECT_EQ(secret.error().message.find("MfKQ"), std::string::npos);
  }
}

TEST(WebhookRequest, CarriesTheStoredLinesAsTheyAre) {
  EXPECT_EQ(webhook_body(batch()), "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(webhook_id("01J", batch()), "01J:gateway:7-8");
}

/// The example of the Standard Webhooks libraries.
TEST(WebhookRequest, IsSignedAsStandardWebhooksHasIt) {
  const auto key = parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(
      webhook_fields(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
      "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"
      "webhook-timestamp: 1614265330\r\n"
      "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\r\n");
}

}  // namespace
}  // namespace srasta::evidence
