#include "config/operator_file.h"

#include "base/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::config {
namespace {

using base::Code;

class OperatorFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "srasta-operator-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
  }

  std::string write(const std::string& name, std::string_view content, mode_t mode) {
    const std::string path = folder_ + "/" + name;
    EXPECT_TRUE(base::write_file_atomic(files_, path, content).ok());
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  base::PosixFileSystem files_;
  std::string folder_;
};

TEST_F(OperatorFiles, SecretLosesOnlyItsLineEnds) {
  const auto secret = read_secret_file(write("key", " sk 1 \r\n\n", 0600));

  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(secret->expose(), " sk 1 ");
}

TEST_F(OperatorFiles, RefusesASecretThatOthersMayReadOrChange) {
  for (const mode_t mode : {0604U, 0644U, 0602U, 0620U, 0777U}) {
    const auto secret = read_secret_file(write("key", "sk-7", mode));

    ASSERT_FALSE(secret.ok()) << mode;
    EXPECT_EQ(secret.error().code, Code::Denied);
    EXPECT_NE(secret.error().message.find("chmod 0600"), std::string::npos);
  }
  EXPECT_TRUE(read_secret_file(write("key", "sk-7", 0640)).ok());
}

TEST_F(OperatorFiles, RefusesAnEmptySecret) {
  EXPECT_EQ(read_secret_file(write("key", "\n", 0600)).error().code, Code::Invalid);
}

TEST_F(OperatorFiles, RefusesASecretThatEverybodyCanGuess) {
  for (const char* weak : {"changeme\n", "EMPTY", "00000000000000000000000000000000"}) {
    const auto secret = read_secret_file(write("key", weak, 0600));

    ASSERT_FALSE(secret.ok()) << weak;
    EXPECT_EQ(secret.error().code, Code::Invalid);
    EXPECT_TRUE(secret.error().message.ends_with("holds a secret that everybody can guess"));
  }
}

TEST_F(OperatorFiles, FollowsLinksAsMountedSecretsNeed) {
  const std::string target = write("real", "sk-7", 0600);
  ASSERT_EQ(::symlink(target.c_str(), (folder_ + "/link").c_str()), 0);

  EXPECT_TRUE(read_secret_file(folder_ + "/link").ok());
}

TEST_F(OperatorFiles, RefusesWhatIsNotARegularFileWithoutHanging) {
  const std::string fifo = folder_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);

  EXPECT_EQ(read_operator_file(fifo, 10).error().code, Code::Invalid);
  EXPECT_EQ(read_operator_file(folder_, 10).error().code, Code::Invalid);
  EXPECT_EQ(read_operator_file(folder_ + "/none", 10).error().code, Code::NotFound);
  EXPECT_EQ(read_operator_file(write("big", "12345678901", 0600), 10).error().code, Code::TooLarge);
}

}  // namespace
}  // namespace srasta::config
