#include "identity/api_key.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

TEST(ParseApiKey, TakesThePartsOfTheOneForm) {
  const std::string secret(43, 'a');
  const std::string text = "sk-srasta-abcdefgh2345-" + secret;

  const auto key = parse_api_key(text);

  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->id, "abcdefgh2345");
  EXPECT_EQ(key->secret, secret);
}

TEST(ParseApiKey, RefusesEveryOtherForm) {
  const std::string secret(43, 'a');
  for (const std::string& text :
       {std::string(), std::string("sk-srasta-"), "SK-SRASTA-abcdefgh2345-" + secret,
        "sk-srasta-abcdefgh2345" + secret, "sk-srasta-abcdefgh234-" + secret,
        "sk-srasta-abcdefgh2341-" + secret, "sk-srasta-Abcdefgh2345-" + secret,
        "sk-srasta-abcdefgh2345-" + secret + "a", "sk-srasta-abcdefgh2345-" + secret.substr(1),
        "sk-srasta-abcdefgh2345-" + secret.substr(1) + "=", "sk-srasta-' OR 1=1 --2345-" + secret,
        "sk-srasta-abcdefgh2345-" + secret.substr(1) + "\0"}) {
    EXPECT_FALSE(parse_api_key(text)) << text;
  }
}

}  // namespace
}  // namespace srasta::identity
