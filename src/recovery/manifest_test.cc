#include "recovery/manifest.h"

#include "tlog/checkpoint.h"

#include <gtest/gtest.h>

namespace srasta::recovery {
namespace {

tlog::SignerKey key_named(const std::string& name) {
  return *tlog::SignerKey::make(name, tlog::SignatureType::Ed25519,
                                *crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
}

Manifest example() {
  Manifest manifest{.id = "01JD8Z9Q3W7X6Y5V4T3S2R1QPN",
                    .install_id = "install",
                    .created = "2026-11-30T10:00:00.000000Z",
                    .release = "1.0",
                    .log_key = "k",
                    .recipient = "age1x",
                    .frozen_us = 1234,
                    .streams = {{"gateway", {.records = 7, .head = {1, 2}, .how = "held"}}},
                    .databases = {{"admin/admin.db", {.version = 3, .rows = {{"account", 5}}}}},
                    .components = {},
                    .left_out = {{"run/", "what runs"}}};
  manifest.components.push_back(
      {.part = Part::Keys, .files = 4, .bytes = 4096, .plain = {3}, .stored = 4300, .cipher = {4}});
  return manifest;
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Manifest, IsReadAsItWasWritten) {
  const std::string json = write_manifest(example());
  const auto read = parse_manifest(json);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(write_manifest(*read), json);
  EXPECT_EQ(read->streams.at("gateway").records, 7U);
  EXPECT_EQ(read->databases.at("admin/admin.db").rows.at("account"), 5);
  EXPECT_EQ(read->components.front().file(), "keys.tar.age");
}

TEST(Manifest, OfANewerReleaseIsUnsupported) {
  const auto read =
      parse_manifest(with(write_manifest(example()), R"("schema":1)", R"("schema":2)"));
  EXPECT_EQ(read.error().code, base::Code::Unsupported);
}

TEST(Manifest, ThatLacksAnythingIsDamaged) {
  const std::string json = write_manifest(example());
  for (const char* member :
       {"\"kind\":",    "\"id\":",         "\"install_id\":", "\"created\":",   "\"release\":",
        "\"log_key\":", "\"recipient\":",  "\"barrier\":",    "\"frozen_us\":", "\"streams\":",
        "\"records\":", "\"head\":",       "\"how\":",        "\"databases\":", "\"version\":",
        "\"rows\":",    "\"components\":", "\"name\":",       "\"files\":",     "\"bytes\":",
        "\"plain\":",   "\"stored\":",     "\"cipher\":",     "\"left_out\":"}) {
    const auto read = parse_manifest(with(json, member, "\"x\":"));
    ASSERT_FALSE(read.ok()) << member;
    EXPECT_EQ(read.error().code, base::Code::Corrupt) << member;
  }
  EXPECT_FALSE(parse_manifest("").ok());
  EXPECT_FALSE(parse_manifest(with(json, "keys", "other")).ok());
}

TEST(Manifest, IsSignedByTheKeyThatIsTrustedOnly) {
  const Manifest manifest = example();
  const std::string json = write_manifest(manifest);
  const tlog::SignerKey key = key_named("install");
  const tlog::SignerKey other = key_named("install");
  const std::string note = *sign_manifest(json, manifest, key);
  const auto check = [&](const std::string& text, const std::string& by,
                         const tlog::SignerKey& trusted) {
    const std::vector<tlog::VerifierKey> keys = {trusted.verifier()};
    return check_signature(text, manifest, by, keys);
  };
  EXPECT_TRUE(check(json, note, key).ok());
  EXPECT_EQ(check(json, note, other).error().code, base::Code::Unauthenticated);
  EXPECT_EQ(check(json + " ", note, key).error().code, base::Code::Unauthenticated);
  EXPECT_EQ(check(json, "", key).error().code, base::Code::Corrupt);
  EXPECT_EQ(check(json, *sign_manifest(json, manifest, other), key).error().code,
            base::Code::Unauthenticated);
  EXPECT_EQ(check_signature(json, manifest, note, {}).error().code, base::Code::Unauthenticated);
  Manifest moved = manifest;
  moved.id = "01JD8Z9Q3W7X6Y5V4T3S2R1QPM";
  const std::vector<tlog::VerifierKey> keys = {key.verifier()};
  EXPECT_FALSE(check_signature(json, moved, note, keys).ok());
}

TEST(Manifest, CannotPassForACheckpoint) {
  const Manifest manifest = example();
  const std::string note = *sign_manifest(write_manifest(manifest), manifest, key_named("install"));
  const auto parsed = tlog::parse_note(note);
  ASSERT_TRUE(parsed.ok());
  EXPECT_FALSE(tlog::parse_checkpoint(parsed->text).ok());
}

}  // namespace
}  // namespace srasta::recovery
