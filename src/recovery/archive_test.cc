#include "recovery/archive.h"

#include "audit/ustar.h"
#include "base/descriptor.h"
#include "base/file.h"

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::recovery {
namespace {

bool all(std::string_view) {
  return true;
}

class Archive : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "srasta-archive-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] base::Descriptor made() const {
    return base::Descriptor(::open((folder_ + "/a.tar").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600));
  }
  [[nodiscard]] base::Result<Unpacked> unpack_bytes(const std::string& bytes) const {
    const base::Descriptor file = made();
    EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ::lseek(file.get(), 0, SEEK_SET);
    return unpack(file.get(), folder_ + "/out", all);
  }
  static std::string member(const std::string& name, const std::string& content) {
    std::string bytes = *audit::ustar_header({.name = name, .size = content.size()});
    bytes += content;
    bytes.append(static_cast<size_t>(audit::ustar_padding(content.size())), '\0');
    return bytes;
  }

  std::string folder_;
  base::PosixFileSystem files_;
};

TEST_F(Archive, GivesBackWhatWasPutIn) {
  const std::string large(200'000, 'x');
  std::filesystem::create_directories(folder_);
  ASSERT_TRUE(base::write_file_atomic(files_, folder_ + "/source", large + "beyond").ok());
  base::Descriptor file = made();
  ArchiveWriter writer(file.get());
  ASSERT_TRUE(writer.add_text("audit/gateway/head", "text\n").ok());
  ASSERT_TRUE(writer.add_text("empty", "").ok());
  ASSERT_TRUE(writer.add_file("audit/seg", folder_ + "/source", large.size()).ok());
  ASSERT_TRUE(writer.finish().ok());
  ::lseek(file.get(), 0, SEEK_SET);
  const auto unpacked = unpack(file.get(), folder_ + "/out", all);
  ASSERT_TRUE(unpacked.ok()) << unpacked.error().message;
  EXPECT_EQ(unpacked->files, 3U);
  EXPECT_EQ(unpacked->bytes, writer.bytes());
  EXPECT_EQ(unpacked->digest, writer.digest());
  EXPECT_EQ(*base::read_file(files_, folder_ + "/out/audit/gateway/head", 100), "text\n");
  EXPECT_EQ(*base::read_file(files_, folder_ + "/out/audit/seg", 1 << 20), large);
  EXPECT_EQ(*base::read_file(files_, folder_ + "/out/empty", 100), "");
}

TEST_F(Archive, OfAFileThatBecameShorterFails) {
  ASSERT_TRUE(base::write_file_atomic(files_, folder_ + "/source", "short").ok());
  const base::Descriptor file = made();
  ArchiveWriter writer(file.get());
  EXPECT_EQ(writer.add_file("a", folder_ + "/source", 6).error().code, base::Code::Corrupt);
}

TEST_F(Archive, NeverWritesOutsideItsFolder) {
  const std::string end(audit::kUstarEnd, '\0');
  for (const char* name : {"../out", "/etc/x", "a/../../b", "a//b", "./a", "a/", "a/."}) {
    EXPECT_EQ(unpack_bytes(member(name, "x") + end).error().code, base::Code::Corrupt) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/b"));
}

TEST_F(Archive, TakesOnlyNamesThatAreAllowed) {
  const base::Descriptor file = made();
  ArchiveWriter writer(file.get());
  ASSERT_TRUE(writer.add_text("other", "x").ok());
  ASSERT_TRUE(writer.finish().ok());
  ::lseek(file.get(), 0, SEEK_SET);
  const auto refused =
      unpack(file.get(), folder_ + "/out", [](std::string_view name) { return name == "this"; });
  EXPECT_EQ(refused.error().code, base::Code::Corrupt);
  EXPECT_NE(refused.error().message.find("other"), std::string::npos);
}

TEST_F(Archive, OverwritesNothing) {
  const std::string twice = member("a", "1") + member("a", "2");
  EXPECT_FALSE(unpack_bytes(twice + std::string(audit::kUstarEnd, '\0')).ok());
  EXPECT_EQ(*base::read_file(files_, folder_ + "/out/a", 10), "1");
}

TEST_F(Archive, IsRefusedWhereverItIsCut) {
  const std::string whole =
      member("a", std::string(700, 'y')) + std::string(audit::kUstarEnd, '\0');
  for (size_t cut = 0; cut < whole.size(); cut += 37) {
    std::filesystem::remove_all(folder_ + "/out");
    EXPECT_FALSE(unpack_bytes(whole.substr(0, cut)).ok()) << cut;
  }
  std::filesystem::remove_all(folder_ + "/out");
  EXPECT_TRUE(unpack_bytes(whole).ok());
  std::filesystem::remove_all(folder_ + "/out");
  EXPECT_FALSE(unpack_bytes(whole + "x").ok());
}

}  // namespace
}  // namespace srasta::recovery
