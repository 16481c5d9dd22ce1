#include "identity/license_file.h"

#include "base/encoding.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

constexpr int64_t kNow = 1'800'000'000;

class LicenseFile : public ::testing::Test {
 protected:
  LicenseFile() : key_(*crypto::PrivateKey::generate(crypto::KeyType::Ed25519)) {
    trusted_.push_back(*crypto::PublicKey::ed25519(key_.public_bytes()));
  }
  [[nodiscard]] static LicenseTerms terms() {
    return {.license = {.id = "l-1",
                        .customer = "Acme AG",
                        .edition = "enterprise",
                        .not_before = kNow - 10,
                        .expires = kNow + 1000,
                        .seats = 25},
            .install = {}};
  }
  [[nodiscard]] std::string signed_text(const std::string& header, const std::string& payload) {
    const std::string input = base::to_base64url(header) + "." + base::to_base64url(payload);
    return input + "." + base::to_base64url(*key_.sign(input));
  }
  [[nodiscard]] std::string_view fault_of(const std::string& text) const {
    const auto license = read_license(text, trusted_, "install-1", kNow);
    return license ? "none" : license.error();
  }

  const crypto::PrivateKey key_;
  std::vector<crypto::PublicKey> trusted_;
};

TEST_F(LicenseFile, IsReadBackAsItWasSigned) {
  const auto license = read_license(*sign_license(terms(), key_), trusted_, "install-1", kNow);
  ASSERT_TRUE(license.has_value()) << license.error();
  EXPECT_EQ(license->customer, "Acme AG");
  EXPECT_EQ(license->seats, 25);
  EXPECT_EQ(license->expires, kNow + 1000);
}

TEST_F(LicenseFile, CountsOnlyAsItsSignerWroteIt) {
  const std::string good = *sign_license(terms(), key_);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    if (changed != good) EXPECT_NE(fault_of(changed), "none") << i;
  }
  const auto other = *crypto::PrivateKey::generate(crypto::KeyType::Ed25519);
  EXPECT_EQ(fault_of(*sign_license(terms(), other)), "signature");
  const std::string payload = *base::from_base64url(
      std::string_view(good).substr(good.find('.') + 1, good.rfind('.') - good.find('.') - 1));
  EXPECT_EQ(fault_of(signed_text(R"({"alg":"none"})", payload)), "signature");
  EXPECT_EQ(fault_of(signed_text(R"({"alg":"HS256"})", payload)), "signature");
  EXPECT_EQ(fault_of(signed_text(R"({"alg":"EdDSA"})", payload)), "none");
  EXPECT_EQ(fault_of(signed_text(R"({"alg":"EdDSA","crit":["x"],"x":1})", payload)), "crit");
  for (const char* text : {"", ".", "..", "{}", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(fault_of(text), "signature") << text;
  }
  EXPECT_EQ(fault_of(good + "\n" + good), "signature");
  EXPECT_EQ(fault_of("\xEF\xBB\xBF" + good), "signature");
}

/// The same signature with the group order added to its second half is malleable, not valid.
TEST_F(LicenseFile, HasOneSignatureOnly) {
  const std::string good = *sign_license(terms(), key_);
  const std::string order =
      *base::from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::string signature = *base::from_base64url(std::string_view(good).substr(good.rfind('.') + 1));
  unsigned carry = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const unsigned sum =
        static_cast<uint8_t>(signature[32 + i]) + static_cast<uint8_t>(order[i]) + carry;
    signature[32 + i] = static_cast<char>(sum & 0xFF);
    carry = sum >> 8;
  }
  EXPECT_EQ(fault_of(good.substr(0, good.rfind('.') + 1) + base::to_base64url(signature)),
            "signature");
}

TEST_F(LicenseFile, SaysWhyItDoesNotCount) {
  LicenseTerms other = terms();
  other.install = "install-2";
  EXPECT_EQ(fault_of(*sign_license(other, key_)), "install");
  other.install = "install-1";
  EXPECT_EQ(fault_of(*sign_license(other, key_)), "none");
  other.license.not_before = kNow + 1;
  EXPECT_EQ(fault_of(*sign_license(other, key_)), "nbf");
  other = terms();
  other.license.edition = "galactic";
  EXPECT_EQ(fault_of(*sign_license(other, key_)), "edition");
  const auto claims = [](const std::string& more) {
    return R"({"aud":"srasta-license","jti":"l","sub":"c","edition":"team","nbf":1,"exp":2)" +
           more + "}";
  };
  const std::string header = R"({"alg":"EdDSA"})";
  EXPECT_EQ(fault_of(signed_text(header, claims(""))), "none");
  EXPECT_EQ(fault_of(signed_text(header, claims(R"(,"crit":["moon"])"))), "crit");
  EXPECT_EQ(fault_of(signed_text(header, claims(R"(,"crit":["seats"])"))), "none");
  EXPECT_EQ(fault_of(signed_text(header, claims(R"(,"seats":"many")"))), "claim_type");
  EXPECT_EQ(fault_of(signed_text(header, R"({"aud":"srasta-api","jti":"l"})")), "signature");
  EXPECT_EQ(fault_of(signed_text(header, R"({"aud":"srasta-license","jti":"l"})")), "claim_type");
}

TEST_F(LicenseFile, TrustsKeysThatNobodyElseCouldHavePutThere) {
  std::string folder = ::testing::TempDir() + "srasta-license-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::string file = folder + "/vendor.pub";
  const auto read = [&](const std::string& content, mode_t mode) {
    std::ofstream(file) << content;
    EXPECT_EQ(::chmod(file.c_str(), mode), 0);
    return read_signer_keys("license.trusted_keys", std::vector<std::string>{file});
  };
  const std::string good = base::to_base64url(key_.public_bytes()) + "\n";
  EXPECT_EQ(read(good, 0644)->size(), 1U);
  EXPECT_EQ(read(good, 0664).error().code, base::Code::Invalid);
  EXPECT_NE(read(good, 0666).error().message.find("chmod"), std::string::npos);
  EXPECT_FALSE(read("nothing", 0644).ok());
  const auto printed =
      read(base::to_base64url(
               *base::from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")),
           0644);
  ASSERT_FALSE(printed.ok());
  EXPECT_NE(printed.error().message.find("RFC 8032"), std::string::npos);
  EXPECT_FALSE(
      read_signer_keys("license.trusted_keys", std::vector<std::string>{folder + "/missing"}).ok());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace srasta::identity
