#include "recovery/inventory.h"

#include "base/file.h"

#include <filesystem>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace srasta::recovery {
namespace {

struct Case {
  const char* path;
  const char* part;  ///< empty: left out; null: nobody knows it
};

constexpr Case kCases[] = {
    {"keys/issuer.pem", "keys"},
    {"keys/anything", "keys"},
    {"install.id", "keys"},
    {"admin/admin.db", "admin"},
    {"admin/admin.db-wal", "admin"},
    {"admin/other.db", nullptr},
    {"gateway/gateway.db", "budgets"},
    {"gateway/gateway.db-shm", "budgets"},
    {"audit/origin", "ledger"},
    {"audit/keys/log.pub", "ledger"},
    {"audit/keys/other", nullptr},
    {"tools/acme.policy", ""},
    {"tools/tools.db", "admin"},
    {"tools/tools.db-wal", "admin"},
    {"tools/other.db", nullptr},
    {"audit/gateway/seg/00000000000000000000.jsonl", "ledger"},
    {"audit/gateway/head", "ledger"},
    {"audit/gateway/cosigned-2", "ledger"},
    {"audit/gateway/epoch-000001.key", "ledger"},
    {"audit/gateway/epoch-000001", nullptr},
    {"audit/gateway/salts.db", "salts"},
    {"audit/gateway/salts.db-journal", "salts"},
    {"audit/gateway/erasures", "salts"},
    {"audit/gateway/tile/0/000", ""},
    {"audit/gateway/pruned/tile/0/000", "ledger"},
    {"audit/gateway/reserve", ""},
    {"audit/gateway/head.new", ""},
    {"audit/gateway/store.db", nullptr},
    {"audit/GATEWAY/head", nullptr},
    {"audit/loose", nullptr},
    {"forward/siem.cursor", "ledger"},
    {"forward/other", nullptr},
    {"run/admin.sock", ""},
    {"access/snapshot", ""},
    {"evidence/gateway.index", ""},
    {"backups/a/b", ""},
    {"restored.yaml", ""},
    {"tools.db", nullptr},
    {"objects/1", nullptr},
};

TEST(Inventory, KnowsWhereEachFileBelongs) {
  for (const Case& expected : kCases) {
    const auto place = place_of(expected.path);
    ASSERT_EQ(place.has_value(), expected.part != nullptr) << expected.path;
    if (!place) continue;
    const auto* const part = std::get_if<Part>(&*place);
    EXPECT_EQ(part != nullptr ? to_string(*part) : "", expected.part) << expected.path;
  }
}

TEST(Inventory, NamesEachPart) {
  for (const Part part : {Part::Keys, Part::Admin, Part::Budgets, Part::Salts, Part::Ledger,
                          Part::Config, Part::Canary}) {
    EXPECT_EQ(find_part(to_string(part)), part);
  }
  EXPECT_FALSE(find_part("tools"));
}

class DataFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "srasta-inventory-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    for (const char* path : {"keys/log.pem", "install.id", "admin/admin.db", "run/x/y"}) put(path);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& path) {
    const std::string whole = folder_ + "/" + path;
    ASSERT_TRUE(files_.make_folder(whole.substr(0, whole.rfind('/'))).ok());
    ASSERT_TRUE(base::write_file_atomic(files_, whole, "x").ok());
  }

  std::string folder_;
  base::PosixFileSystem files_;
};

TEST_F(DataFolder, IsTakenWhole) {
  const auto inventory = take_inventory(folder_);
  ASSERT_TRUE(inventory.ok()) << inventory.error().message;
  EXPECT_EQ(inventory->files.at(Part::Keys),
            (std::vector<std::string>{"install.id", "keys/log.pem"}));
  EXPECT_EQ(inventory->left_out.size(), 1U);
}

TEST_F(DataFolder, WithAStoreThatNobodyBacksUpIsRefused) {
  put("tools/other.db");
  const auto inventory = take_inventory(folder_);
  ASSERT_FALSE(inventory.ok());
  EXPECT_EQ(inventory.error().code, base::Code::Unsupported);
  EXPECT_NE(inventory.error().message.find("tools/other.db"), std::string::npos);
}

TEST_F(DataFolder, WithALinkInAPartIsRefused) {
  ASSERT_EQ(::symlink("/etc/passwd", (folder_ + "/keys/link").c_str()), 0);
  EXPECT_EQ(take_inventory(folder_).error().code, base::Code::Unsupported);
}

}  // namespace
}  // namespace srasta::recovery
