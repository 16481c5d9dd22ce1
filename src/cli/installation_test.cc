#include "cli/installation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

using base::Code;

class Installing : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "srasta-install-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    data_ = path + "/deep/data";
  }

  Installation installation() { return {data_, {}}; }

  std::string key() {
    auto pem = installation().open_keys();
    EXPECT_TRUE(pem.ok()) << pem.error().message;
    return pem ? std::string(pem->issuer_pem.expose()) : "";
  }

  static mode_t mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
  }

  base::PosixFileSystem files_;
  std::string data_;
};

TEST_F(Installing, MakesClosedFoldersAndOneKey) {
  const std::string pem = key();
  ASSERT_TRUE(installation().open_state().ok());

  EXPECT_TRUE(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(mode_of(data_), 0700U);
  EXPECT_EQ(mode_of(data_ + "/keys"), 0700U);
  EXPECT_EQ(mode_of(data_ + "/keys/issuer.pem"), 0600U);
  EXPECT_EQ(mode_of(data_ + "/run"), 0700U);
  EXPECT_EQ(base::read_file(files_, data_ + "/install.id", 100)->size(), 27U);
}

TEST_F(Installing, NeverReplacesAKeyOrAnId) {
  const std::string pem = key();
  ASSERT_TRUE(installation().open_state().ok());
  const std::string id = *base::read_file(files_, data_ + "/install.id", 100);

  EXPECT_EQ(key(), pem);
  ASSERT_TRUE(installation().open_state().ok());
  EXPECT_EQ(*base::read_file(files_, data_ + "/install.id", 100), id);
}

TEST_F(Installing, RefusesToMakeASecondKeyForAnOldInstallation) {
  ASSERT_FALSE(key().empty());
  ASSERT_TRUE(installation().open_state().ok());
  ASSERT_TRUE(files_.remove(data_ + "/keys/issuer.pem").ok());

  const auto outcome = installation().open_keys();

  EXPECT_EQ(outcome.error().code, Code::Corrupt);
  EXPECT_NE(outcome.error().message.find("restore it from a backup"), std::string::npos);
}

TEST_F(Installing, RefusesADamagedKey) {
  ASSERT_FALSE(key().empty());
  ASSERT_TRUE(base::write_file_atomic(files_, data_ + "/keys/issuer.pem", "no key").ok());

  EXPECT_EQ(installation().open_keys().error().code, Code::Corrupt);
}

TEST_F(Installing, RefusesAnAccessKeyThatEverybodyCanGuess) {
  ASSERT_FALSE(key().empty());
  for (const char* byte : {"00", "ab"}) {
    std::string weak;
    while (weak.size() < 64) weak += byte;
    ASSERT_TRUE(base::write_file_atomic(files_, data_ + "/keys/access.key", weak).ok());

    const auto outcome = installation().open_keys();
    ASSERT_FALSE(outcome.ok()) << byte;
    EXPECT_NE(outcome.error().message.find("access.key is one byte repeated"), std::string::npos);
  }
}

TEST_F(Installing, RefusesModesThatLetOthersInAndSaysWhatToDo) {
  ASSERT_FALSE(key().empty());
  struct Opened {
    std::string path;
    mode_t mode;
    std::string remedy;
  };
  for (const Opened& opened :
       {Opened{data_, 0720, "chmod 0700 " + data_}, Opened{data_ + "/keys", 0710, "chmod 0700"},
        Opened{data_ + "/keys/issuer.pem", 0640, "chmod 0600"}}) {
    const mode_t before = mode_of(opened.path);
    ASSERT_EQ(::chmod(opened.path.c_str(), opened.mode), 0);

    const auto outcome = installation().open_keys();

    ASSERT_FALSE(outcome.ok()) << opened.path;
    EXPECT_EQ(outcome.error().code, Code::Denied);
    EXPECT_NE(outcome.error().message.find(opened.remedy), std::string::npos)
        << outcome.error().message;
    ASSERT_EQ(::chmod(opened.path.c_str(), before), 0);
  }
}

TEST_F(Installing, RefusesLinksInPlaceOfFoldersAndKeys) {
  ASSERT_FALSE(key().empty());
  const std::string path = data_ + "/keys/issuer.pem";
  ASSERT_TRUE(files_.rename(path, data_ + "/elsewhere.pem").ok());
  ASSERT_EQ(::symlink((data_ + "/elsewhere.pem").c_str(), path.c_str()), 0);

  EXPECT_EQ(installation().open_keys().error().code, Code::Denied);
}

TEST_F(Installing, GivesTheFolderToTheServicesAndKeepsTheKeys) {
  const auto nobody = process::find_user("nobody");
  ASSERT_TRUE(nobody.ok() && nobody->has_value());
  Installation shared(data_, **nobody);
  const auto outcome = shared.open_keys();
  if (::geteuid() != 0) {
    EXPECT_FALSE(outcome.ok());  // Only root can give a folder away.
    return;
  }
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(check_folder(data_, (*nobody)->id, true).ok());
  EXPECT_TRUE(check_folder(data_ + "/keys", 0, true).ok());
}

TEST_F(Installing, IsHeldByOneSupervisor) {
  ASSERT_FALSE(key().empty());
  Installation first = installation();
  Installation second = installation();
  ASSERT_TRUE(first.open_state().ok());
  auto held = first.lock();
  ASSERT_TRUE(held.ok());

  EXPECT_EQ(second.lock().error().code, Code::Conflict);

  held->reset();
  EXPECT_TRUE(second.lock().ok());
}

}  // namespace
}  // namespace srasta::cli
