#include "identity/oauth_client.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

TEST(OAuthClient, IsSentToItsRegisteredAddressesByteForByte) {
  const OAuthClient client{.id = "app", .redirect_uris = {"https://gw.test/auth/callback"}};
  EXPECT_TRUE(client.may_redirect_to("https://gw.test/auth/callback"));
  for (const char* other :
       {"", "https://gw.test/auth/callback/", "https://gw.test/auth/callback?x=1",
        "https://gw.test/auth/callback#f", "https://gw.test:443/auth/callback",
        "https://GW.test/auth/callback", "https://gw.test/auth/callback/../x",
        "https://gw.test%2eevil.test/", "https://gw.test@evil.test/auth/callback",
        "http://gw.test/auth/callback", "javascript:alert(1)", "https://gw.test"}) {
    EXPECT_FALSE(client.may_redirect_to(other)) << other;
  }
}

TEST(OAuthClient, MayListenAtAnyPortOfALoopbackAddress) {
  const OAuthClient client{.id = "app", .redirect_uris = {"http://127.0.0.1/callback"}};
  for (const char* uri : {"http://127.0.0.1/callback", "http://127.0.0.1:1/callback",
                          "http://127.0.0.1:53682/callback", "http://127.0.0.1:65535/callback"}) {
    EXPECT_TRUE(client.may_redirect_to(uri)) << uri;
  }
  for (const char* uri :
       {"http://localhost/callback", "http://127.0.0.2/callback", "http://[::1]/callback",
        "http://127.0.0.1.evil.test/callback", "https://127.0.0.1/callback",
        "http://127.0.0.1:/callback", "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback", "http://127.0.0.1:080/callback",
        "http://127.0.0.1:1@evil.test/callback", "http://127.0.0.1:1/x/callback",
        "http://127.0.0.1:1/callback/", "http://127.0.0.1:1/callback?x"}) {
    EXPECT_FALSE(client.may_redirect_to(uri)) << uri;
  }
}

TEST(OAuthClient, KeepsARegisteredPort) {
  const OAuthClient client{.id = "app", .redirect_uris = {"http://127.0.0.1:8080/callback"}};
  EXPECT_TRUE(client.may_redirect_to("http://127.0.0.1:8080/callback"));
  EXPECT_FALSE(client.may_redirect_to("http://127.0.0.1:8081/callback"));
}

}  // namespace
}  // namespace srasta::identity
