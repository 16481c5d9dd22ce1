#include "cli/config_change.h"

#include "admin/config_revisions.h"
#include "admin/database.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

constexpr const char* kBefore = "# as it was\ntenants: [acme]\n";
constexpr const char* kWanted = "tenants: [acme]\nlog: { level: debug }\n";

config::Loaded parsed(const std::string& yaml) {
  return *config::parse_config(yaml, "srasta.yaml", {});
}

class ConfigChange : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = testing::TempDir() + "/config-change-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    std::filesystem::create_directories(folder_ / "data/admin");
    std::filesystem::create_directory(folder_ / "etc");
    std::ofstream(file()) << kBefore;
    ASSERT_EQ(::chmod(file().c_str(), 0640), 0);
    parts_ = {.file = file(),
              .data_folder = data(),
              .reload = [this] { loaded_.push_back(text()); },
              .digests_in_force = [this] { return digests(); },
              .services = 2,
              .within = base::Millis(1)};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string file() const { return (folder_ / "etc/srasta.yaml").string(); }
  [[nodiscard]] std::string data() const { return (folder_ / "data").string(); }
  [[nodiscard]] std::string text() const {
    std::ifstream in(file());
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// Services that take over everything, but for those that do not.
  [[nodiscard]] std::vector<std::string> digests() const {
    const std::string digest = config::config_digest(parsed(text()));
    return obstinate_ ? std::vector{digest, std::string("another")} : std::vector{digest, digest};
  }

  /// The number of a revision that is pending, whoever would have refused to stage it.
  int64_t pend(const std::string& yaml) {
    auto database = admin::open_database(data());
    EXPECT_TRUE(database.ok()) << database.error().message;
    const admin::Actor owner{.issuer = "os", .subject = "0", .on_host = true};
    const access::AccessRules declared{};
    service::Journal::Change change;
    const config::Loaded same = parsed(yaml);
    EXPECT_TRUE(
        admin::stage_revision({*database, owner, declared, 1}, change, same, same, {.yaml = yaml}));
    const auto number = admin::pending_revision(*database);
    return number.ok() ? number->value_or(0) : 0;
  }

  std::filesystem::path folder_;
  ConfigChangeParts parts_;
  std::vector<std::string> loaded_;
  bool obstinate_ = false;
};

TEST_F(ConfigChange, ReplacesTheFileAndKeepsItsMode) {
  const auto outcome = change_config(parts_, pend(kWanted));
  EXPECT_TRUE(outcome.in_force) << outcome.reason;
  EXPECT_EQ(text(), kWanted);
  EXPECT_EQ(loaded_, std::vector<std::string>{kWanted});
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST_F(ConfigChange, GivesTheFileItsFormerContentBack) {
  obstinate_ = true;
  const auto outcome = change_config(parts_, pend(kWanted));
  EXPECT_FALSE(outcome.in_force);
  EXPECT_EQ(text(), kBefore);
  EXPECT_EQ(loaded_, (std::vector<std::string>{kWanted, kBefore}));
}

TEST_F(ConfigChange, HoldsTheRulesWhoeverAsks) {
  for (const char* yaml : {"tenants: [acme]\nlicense: { trusted_keys: [/etc/vendor.pub] }\n",
                           "tenants: [acme]\ndrain: 1s\n"}) {
    const auto outcome = change_config(parts_, pend(yaml));
    EXPECT_FALSE(outcome.in_force);
    EXPECT_NE(outcome.reason.find("may not change here"), std::string::npos) << outcome.reason;
    EXPECT_EQ(text(), kBefore);
    auto database = admin::open_database(data());
    ASSERT_TRUE(admin::settle_revision(*database, admin::RevisionState::Refused, "").ok());
  }
  EXPECT_TRUE(loaded_.empty());
}

TEST_F(ConfigChange, TakesOnlyWhatIsPending) {
  const int64_t number = pend(kWanted);
  EXPECT_FALSE(change_config(parts_, number + 1).in_force);
  auto database = admin::open_database(data());
  ASSERT_TRUE(admin::settle_revision(*database, admin::RevisionState::Refused, "").ok());
  EXPECT_FALSE(change_config(parts_, number).in_force);
  EXPECT_EQ(text(), kBefore);
}

TEST_F(ConfigChange, LeavesLinksToWhoMadeThem) {
  std::filesystem::rename(file(), folder_ / "mounted.yaml");
  std::filesystem::create_symlink(folder_ / "mounted.yaml", file());
  const auto outcome = change_config(parts_, pend(kWanted));
  EXPECT_FALSE(outcome.in_force);
  EXPECT_EQ(text(), kBefore);
}

TEST_F(ConfigChange, NeedsAFileThatServicesSee) {
  std::filesystem::rename(file(), folder_ / "srasta.yaml");
  parts_.file = (folder_ / "srasta.yaml").string();
  const auto outcome = change_config(parts_, pend(kWanted));
  EXPECT_NE(outcome.reason.find("folder of its own"), std::string::npos) << outcome.reason;
  EXPECT_TRUE(loaded_.empty());
}

TEST_F(ConfigChange, NeedsAFile) {
  parts_.file.clear();
  EXPECT_FALSE(change_config(parts_, pend(kWanted)).in_force);
}

}  // namespace
}  // namespace srasta::cli
