#include "identity/forwarded.h"

#include "base/encoding.h"
#include "identity/forwarded_principal.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

constexpr base::WallTime kStarted{base::Seconds(1'795'510'000)};
constexpr base::WallTime kNow{base::Seconds(1'795'510'800)};
const std::string kAuditHead = "gateway:1:" + std::string(64, '0');
constexpr std::string_view kBody = R"({"q":1})";
const std::string kPrincipal =
    base::to_base64url(R"({"sub":"u-dev","tenant":"acme","roles":["developer"],"new":1})");

ForwardingKey key(const std::string& id, const std::string& secret) {
  return {.id = id, .secret = base::Secret(secret)};
}

ForwardedHead head(std::string nonce = "0123456789abcdef-0.1") {
  return {.caller = "gateway",
          .callee = "memory",
          .method = "POST",
          .target = "/v1/files?a=b",
          .content_type = "application/json",
          .content_length = kBody.size(),
          .principal = kPrincipal,
          .request_id = "01J0000000000000000000000",
          .timestamp_ms = 1'795'510'800'000,
          .nonce = std::move(nonce),
          .audit_head = kAuditHead,
          .body_mode = body_mode_of(kBody),
          .key_id = "k2"};
}

class ForwardedTest : public testing::Test {
 protected:
  ForwardingKey current_ = key("k2", "current secret");
  ForwardingKey previous_ = key("k1", "previous secret");
  ForwardedVerifier verifier_{key("k2", "current secret"), key("k1", "previous secret"), kStarted};

  std::string check(const SignedHead& received, base::WallTime now = kNow) {
    const auto result = verifier_.verify(received, now);
    return result ? "accepted" : std::string(to_string(result.error()));
  }

  /// A correctly signed head after `change`.
  SignedHead signed_with(const std::function<void(ForwardedHead&)>& change) {
    ForwardedHead changed = head();
    change(changed);
    return {changed, sign_forwarded(changed, current_)};
  }
};

TEST_F(ForwardedTest, IsAcceptedOnce) {
  const SignedHead received{head(), sign_forwarded(head(), current_)};

  EXPECT_EQ(check(received), "accepted");
  EXPECT_EQ(check(received), "replay");
}

TEST_F(ForwardedTest, IsSignedOverOneLineAField) {
  EXPECT_EQ(canonical(head()),
            "srasta-fwd-v2\ngateway\nmemory\nPOST\n/v1/files?a=b\napplication/json\n7\n" +
                kPrincipal + "\n01J0000000000000000000000\n1795510800000\n0123456789abcdef-0.1\n" +
                kAuditHead + "\n" + body_mode_of(kBody) + "\nk2");
  ForwardedHead bare = head();
  bare.content_length.reset();
  EXPECT_NE(canonical(bare).find("application/json\n-\n"), std::string::npos);
}

TEST_F(ForwardedTest, IsAcceptedByThePreviousKeyToo) {
  ForwardedHead old = head();
  old.key_id = "k1";

  EXPECT_EQ(check({old, sign_forwarded(old, previous_)}), "accepted");
}

TEST_F(ForwardedTest, RefusesEveryChangeOfASignedField) {
  const std::string signature = sign_forwarded(head(), current_);
  const std::function<void(ForwardedHead&)> changes[] = {
      [](ForwardedHead& h) { h.caller = "tools"; },
      [](ForwardedHead& h) { h.callee = "tools"; },
      [](ForwardedHead& h) { h.method = "GET"; },
      [](ForwardedHead& h) { h.target = "/v1/files?a=c"; },
      [](ForwardedHead& h) { h.content_type = "text/plain"; },
      [](ForwardedHead& h) { h.content_length = 8; },
      [](ForwardedHead& h) { h.content_length.reset(); },
      [](ForwardedHead& h) {
        h.principal = base::to_base64url(R"({"sub":"u-olga","tenant":"acme","roles":["owner"]})");
      },
      [](ForwardedHead& h) { h.request_id = "01J0000000000000000000001"; },
      [](ForwardedHead& h) { ++h.timestamp_ms; },
      [](ForwardedHead& h) { h.nonce = "0123456789abcdef-0.2"; },
      [](ForwardedHead& h) { h.audit_head = "gateway:2:" + std::string(64, '0'); },
      [](ForwardedHead& h) { h.body_mode = "stream"; },
      [](ForwardedHead& h) { h.key_id = "k1"; },
  };
  for (const auto& change : changes) {
    ForwardedHead changed = head();
    change(changed);
    EXPECT_EQ(check({changed, signature}), "signature") << canonical(changed);
  }
}

TEST_F(ForwardedTest, RefusesKeysOfOtherPairsAndUnknownNames) {
  EXPECT_EQ(check({head(), sign_forwarded(head(), key("k2", "another pair"))}), "signature");
  for (const std::string& id : {std::string("k0"), std::string("../keys/other"), std::string(),
                                std::string(300, 'k'), std::string("k2\0", 3)}) {
    EXPECT_EQ(check(signed_with([&](ForwardedHead& h) { h.key_id = id; })), "key_id");
  }
}

TEST_F(ForwardedTest, RefusesOtherFormsOfTheSignature) {
  const std::string good = sign_forwarded(head(), current_);
  std::string upper = good;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });

  EXPECT_EQ(check({head(), upper}), "signature");
  EXPECT_EQ(check({head(), std::string(64, '0')}), "signature");
  for (const std::string& other : {good.substr(0, 32), good + "00", std::string()}) {
    EXPECT_EQ(check({head(), other}), "malformed");
  }
}

TEST_F(ForwardedTest, RefusesPrincipalsThatAreMalformedAlthoughSigned) {
  const auto check_principal = [&](const std::string& principal) {
    return check(signed_with([&](ForwardedHead& h) { h.principal = principal; }));
  };
  EXPECT_EQ(check_principal("***"), "malformed");
  EXPECT_EQ(check_principal(""), "malformed");
  for (const char* text :
       {"hello", R"({"sub":"a","tenant":"t","roles":[],"roles":["owner"]})",
        R"({"sub":"a","tenant":"t","roles":"user"})", R"({"sub":"a","roles":[]})",
        R"({"tenant":"t","roles":[]})", R"({"sub":"a","tenant":"t","roles":[5]})",
        "{\"sub\":\"\xC3\x28\",\"tenant\":\"t\",\"roles\":[]}"}) {
    EXPECT_EQ(check_principal(base::to_base64url(text)), "malformed") << text;
  }
  const std::string large = R"({"sub":"a","tenant":"t","roles":[],"x":")" + std::string(4096, 'x');
  EXPECT_EQ(check_principal(base::to_base64url(large + R"("})")), "malformed");
}

TEST_F(ForwardedTest, RefusesMalformedNonces) {
  for (const std::string& nonce :
       {std::string(), std::string("abc-0.1"), std::string(200, 'a') + "-0.1",
        std::string("0123456789abcde,-0.1"), std::string("0123456789abcde\n-0.1"),
        std::string("0123456789abcdef-0"), std::string("0123456789abcdef-.1"),
        std::string("0123456789abcdef-0.01"), std::string("0123456789abcdef-0.-1"),
        std::string("0123456789abcdef-70000.1"),
        std::string("0123456789abcdef-0.18446744073709551616")}) {
    EXPECT_EQ(check(signed_with([&](ForwardedHead& h) { h.nonce = nonce; })), "malformed") << nonce;
  }
}

TEST_F(ForwardedTest, RefusesControlCharactersInSignedLines) {
  EXPECT_EQ(check(signed_with([](ForwardedHead& h) { h.target = "/a\nmemory"; })), "malformed");
  EXPECT_EQ(check(signed_with([](ForwardedHead& h) { h.audit_head = "a\r"; })), "malformed");
}

TEST_F(ForwardedTest, RefusesMalformedAuditHeads) {
  const std::string leaf(64, 'a');
  for (const std::string& head :
       {std::string(), std::string("gateway"), std::string("gateway:1"), "gateway:" + leaf,
        std::string("gateway:1:aa"), "gateway:-1:" + leaf, "gateway:01:" + leaf,
        "Gateway:1:" + leaf, ":1:" + leaf, "gateway:1:" + std::string(64, 'A'),
        "gateway:1:2:" + leaf, std::string(33, 'g') + ":1:" + leaf}) {
    EXPECT_EQ(check(signed_with([&](ForwardedHead& h) { h.audit_head = head; })), "malformed")
        << head;
  }
  const auto read = parse_audit_head("gateway:41:" + leaf);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(to_string(*read), "gateway:41:" + leaf);
  EXPECT_EQ(to_string(AuditHead{}), "-");
}

TEST_F(ForwardedTest, RefusesTimestampsMoreThanThirtySecondsAway) {
  const SignedHead received = signed_with([](ForwardedHead&) {});
  EXPECT_EQ(check(received, kNow + base::Millis(30'001)), "window");
  EXPECT_EQ(check(received, kNow - base::Millis(30'001)), "window");
  EXPECT_EQ(check(received, kNow + base::Millis(30'000)), "accepted");
}

TEST_F(ForwardedTest, RefusesWhatWasCapturedBeforeARestart) {
  const SignedHead received = signed_with([](ForwardedHead&) {});
  ForwardedVerifier restarted(key("k2", "current secret"), std::nullopt, kNow + base::Seconds(5));

  const auto result = restarted.verify(received, kNow + base::Seconds(6));

  EXPECT_EQ(result.error(), ForwardedFault::Replay);
}

TEST_F(ForwardedTest, SpendsNoNonceOnABadSignature) {
  for (int i = 0; i < 1000; ++i) {
    const std::string nonce = "0123456789abcdef-0." + std::to_string(i);
    EXPECT_EQ(check({head(nonce), std::string(64, 'a')}), "signature");
  }
  EXPECT_EQ(check(signed_with([](ForwardedHead&) {})), "accepted");
}

TEST_F(ForwardedTest, BindsAHeldBody) {
  const auto matches = [](std::string_view body) {
    return ForwardedVerifier::body_matches(head(), crypto::sha256(body));
  };
  EXPECT_TRUE(matches(kBody));
  for (const char* other : {R"({"q":2})", R"({"q":1)", R"({"q":1} )", ""}) {
    EXPECT_FALSE(matches(other)) << other;
  }
  ForwardedHead streamed = head();
  streamed.body_mode = "stream";
  EXPECT_FALSE(ForwardedVerifier::body_matches(streamed, crypto::sha256("stream")));
}

TEST_F(ForwardedTest, BindsAStreamedBodyByItsTrailer) {
  const SignedHead received = signed_with([](ForwardedHead& h) { h.body_mode = "stream"; });
  const auto body = crypto::sha256(kBody);
  const std::string trailer = body_mac(received.signature, kBody.size(), body, current_);
  const SignedHead other = signed_with([](ForwardedHead& h) {
    h.body_mode = "stream";
    h.nonce = "0123456789abcdef-0.2";
  });

  EXPECT_TRUE(verifier_.trailer_matches(received, kBody.size(), body, trailer));
  EXPECT_FALSE(verifier_.trailer_matches(received, kBody.size() + 1, body, trailer));
  EXPECT_FALSE(verifier_.trailer_matches(received, kBody.size(), crypto::sha256("x"), trailer));
  EXPECT_FALSE(verifier_.trailer_matches(received, kBody.size(), body, ""));
  EXPECT_FALSE(verifier_.trailer_matches(other, kBody.size(), body, trailer));
}

TEST(NonceSource, CountsUp) {
  NonceSource nonces("0123456789abcdef", 3);

  EXPECT_EQ(nonces.next(), "0123456789abcdef-3.1");
  EXPECT_EQ(nonces.next(), "0123456789abcdef-3.2");
}

/// docs/formats/forwarded-identity.md
class ForwardedPage : public testing::Test {
 protected:
  std::string page_ = [] {
    const std::ifstream file(std::string(SRASTA_SOURCE_DIR) +
                             "/docs/formats/forwarded-identity.md");
    return (std::ostringstream() << file.rdbuf()).str();
  }();
  static constexpr std::string_view kNotes = R"({"name":"notes.txt"})";
  ForwardingKey key_ = [] {
    std::string secret;
    for (char c = 0; c < 32; ++c) secret += c;
    return key("gm-2", secret);
  }();
  ForwardedHead head_{
      .caller = "gateway",
      .callee = "memory",
      .method = "POST",
      .target = "/v1/files?purpose=notes",
      .content_type = "application/json",
      .content_length = kNotes.size(),
      .principal =
          encode_principal({.subject = "ci",
                            .tenant = base::TenantId("acme"),
                            .roles = {base::RoleName("developer")},
                            .issuer = "key",
                            .permissions = access::PermissionSet{access::Permission::RagRead,
                                                                 access::Permission::RagWrite},
                            .personas = {"reader"},
                            .machine = true,
                            .key_id = "nipko7krr6g4"}),
      .request_id = "01K0EXAMPLE000000000000000",
      .timestamp_ms = 1'795'510'800'000,
      .nonce = "4f1d2c3b4a59687786950a1b2c3d4e5f-0.17",
      .audit_head = "gateway:41:caf6bc887f8fd8705056311a892eb58d178bee0eb14790f871a2a80f5b323ca1",
      .body_mode = body_mode_of(kNotes),
      .key_id = "gm-2"};

  void expect_on_page(const std::string& text) const {
    EXPECT_NE(page_.find(text), std::string::npos) << text;
  }
  void expect_fields_on_page(const std::string& signature) const {
    for (const auto& [name, value] : forwarded_fields(head_, signature)) {
      expect_on_page("\n" + name + ": " + value + "\n");
    }
  }
};

TEST_F(ForwardedPage, ShowsAHeldBodyAsItIsSigned) {
  expect_on_page("```text\n" + canonical(head_) + "\n```");
  expect_fields_on_page(sign_forwarded(head_, key_));
}

TEST_F(ForwardedPage, ShowsAStreamedBodyAsItIsSigned) {
  head_.content_length.reset();
  head_.nonce = "4f1d2c3b4a59687786950a1b2c3d4e5f-0.18";
  head_.body_mode = kStreamedBody;
  const std::string signature = sign_forwarded(head_, key_);
  expect_fields_on_page(signature);
  expect_on_page("\nX-Srasta-Body-Mac: " +
                 body_mac(signature, kNotes.size(), crypto::sha256(kNotes), key_) + "\n");
}

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

class ForwardedFieldsTest : public testing::Test {
 protected:
  std::vector<std::pair<std::string, std::string>> owned_ =
      forwarded_fields(head(), sign_forwarded(head(), key("k2", "current secret")));

  [[nodiscard]] Fields views() const { return {owned_.begin(), owned_.end()}; }

  static std::expected<SignedHead, ForwardedFault> read(const Fields& fields) {
    return read_forwarded(fields, {.caller = "gateway",
                                   .callee = "memory",
                                   .method = "POST",
                                   .target = "/v1/files?a=b",
                                   .content_type = "application/json",
                                   .content_length = kBody.size()});
  }
};

TEST_F(ForwardedFieldsTest, CarryTheHeadAcrossTheWire) {
  for (auto& [name, value] : owned_) name = base::to_lower(name);

  const auto received = read(views());

  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(canonical(received->head), canonical(head()));
  ForwardedVerifier verifier(key("k2", "current secret"), std::nullopt, kStarted);
  EXPECT_TRUE(verifier.verify(*received, kNow).has_value());
}

TEST_F(ForwardedFieldsTest, MustEachBeThereExactlyOnce) {
  EXPECT_EQ(owned_.size(), 8U);
  for (size_t i = 0; i < owned_.size(); ++i) {
    Fields fewer = views();
    fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
    EXPECT_EQ(read(fewer).error(), ForwardedFault::Missing) << owned_[i].first;

    Fields more = views();
    more.push_back(more[i]);
    EXPECT_EQ(read(more).error(), ForwardedFault::Duplicate) << owned_[i].first;
  }
}

TEST_F(ForwardedFieldsTest, MustHaveATimestampInMilliseconds) {
  for (const char* time : {"1795510800", "-1", "1.5", "+1795510800000", " 1795510800000 ",
                           "17955108000001795510", "", "0x18f0000000000", "0795510800000"}) {
    owned_[2].second = time;
    EXPECT_EQ(read(views()).error(), ForwardedFault::Malformed) << time;
  }
}

// CVE-2015-0219: underscores pass for dashes where headers become variables.
TEST(PlatformHeader, IsKnownInEverySpelling) {
  for (const char* name :
       {"X-Srasta-Principal", "x-srasta-principal", "X-SRASTA-PRINCIPAL", "x-SrAsTa-pRiNcIpAl",
        "X_Srasta_Principal", "X-Srasta_Principal", "X_SRASTA_PRINCIPAL", "X-Srasta-",
        "X-Srasta-Anything-New", "HTTP_X_SRASTA_PRINCIPAL"}) {
    EXPECT_TRUE(is_platform_header(name)) << name;
  }
  for (const char* name :
       {"Srasta-Collections", "X-Srasta", "X-Srasta%2dPrincipal", "HTTP_X", "", "X-Request-Id"}) {
    EXPECT_FALSE(is_platform_header(name)) << name;
  }
}

}  // namespace
}  // namespace srasta::identity
