#include "recovery/sealing.h"

#include "base/file.h"
#include "recovery/recovery_key.h"

#include <csignal>
#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::recovery {
namespace {

class Sealed : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    std::string folder = ::testing::TempDir() + "srasta-sealed-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ + "/x.age"; }
  void seal(const RecoveryKey& key, const std::string& content) const {
    auto sealer = Sealer::start(key.recipient, path());
    ASSERT_TRUE(sealer.ok()) << sealer.error().message;
    ASSERT_EQ(::write(sealer->input(), content.data(), content.size()),
              static_cast<ssize_t>(content.size()));
    ASSERT_TRUE(sealer->finish().ok());
  }
  [[nodiscard]] base::Result<std::string> opened(const RecoveryKey& key) const {
    std::string found;
    SRASTA_TRY(open_sealed(path(), key.identity, [&](int input) -> base::Result<void> {
      std::string block(65536, '\0');
      for (ssize_t got = 1; got > 0;) {
        got = ::read(input, block.data(), block.size());
        if (got > 0) found.append(block, 0, static_cast<size_t>(got));
      }
      return {};
    }));
    return found;
  }

  std::string folder_;
};

TEST_F(Sealed, IsOpenedByItsKeyOnly) {
  const RecoveryKey key = *make_recovery_key();
  const std::string content(50'000, 'c');
  seal(key, content);
  base::PosixFileSystem files;
  EXPECT_EQ(base::read_file(files, path(), 1 << 20)->find("cccc"), std::string::npos);
  EXPECT_EQ(*opened(key), content);
  EXPECT_EQ(opened(*make_recovery_key()).error().code, base::Code::Denied);
}

TEST_F(Sealed, IsRefusedWithAnyByteChanged) {
  const RecoveryKey key = *make_recovery_key();
  seal(key, "content");
  base::PosixFileSystem files;
  const std::string whole = *base::read_file(files, path(), 1 << 20);
  for (size_t at = 30; at < whole.size(); at += whole.size() / 9) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    ASSERT_TRUE(base::write_file_atomic(files, path(), bytes).ok());
    EXPECT_FALSE(opened(key).ok()) << at;
  }
}

TEST_F(Sealed, OverwritesNothing) {
  const RecoveryKey key = *make_recovery_key();
  seal(key, "content");
  EXPECT_FALSE(Sealer::start(key.recipient, path()).ok());
  EXPECT_EQ(*opened(key), "content");
}

TEST(RecoveryKey, IsKeptOnceAndAsItsPublicHalf) {
  std::string folder = ::testing::TempDir() + "srasta-key-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::filesystem::create_directory(folder + "/keys");
  EXPECT_EQ(read_recipient(folder).error().code, base::Code::NotFound);
  const RecoveryKey key = *make_recovery_key();
  EXPECT_EQ(keep_recipient(folder, "age1short").error().code, base::Code::Invalid);
  ASSERT_TRUE(keep_recipient(folder, key.recipient).ok());
  EXPECT_EQ(*read_recipient(folder), key.recipient);
  EXPECT_EQ(keep_recipient(folder, key.recipient).error().code, base::Code::Conflict);
  std::filesystem::remove_all(folder);
}

TEST(Identity, IsReadWithTheKeysThatStandBesideIt) {
  const auto signer =
      *tlog::SignerKey::make("install", tlog::SignatureType::Ed25519,
                             *crypto::PrivateKey::generate(crypto::KeyType::Ed25519));
  const RecoveryKey key = *make_recovery_key();
  const std::string text =
      "# a comment\n" + pin_line(signer.verifier().to_text()) + std::string(key.identity.expose());
  const auto identity = parse_identity(base::Secret(text));
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  ASSERT_EQ(identity->pinned.size(), 1U);
  EXPECT_EQ(identity->pinned.front(), signer.verifier());
  EXPECT_FALSE(parse_identity(base::Secret("# nothing\n")).ok());
  EXPECT_FALSE(
      parse_identity(base::Secret("# srasta log key: x\n" + std::string(key.identity.expose())))
          .ok());
}

}  // namespace
}  // namespace srasta::recovery
