#include "witness/folder.h"

#include "testing/faulty_files.h"
#include "tlog/cosignature.h"
#include "witness/testing/small_log.h"

#include <gtest/gtest.h>

namespace srasta::witness {
namespace {

using base::Code;

constexpr const char* kPath = "w";

TEST(WitnessFolder, IsUsedByOneProcessAtATime) {
  testing::FaultyFiles files;
  Folder first(files, kPath);
  Folder second(files, kPath);
  ASSERT_TRUE(first.lock().ok());
  const auto refused = second.lock();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::Conflict);
}

TEST(WitnessFolder, MakesItsKeyOnceAndPublishesIt) {
  testing::FaultyFiles files;
  Folder folder(files, kPath);
  ASSERT_TRUE(folder.lock().ok());
  const auto made = folder.open_key("", "host/witness");
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->name(), "host/witness");
  EXPECT_EQ(made->type(), tlog::SignatureType::CosignatureV1);
  EXPECT_EQ(files.contents().at("w/witness.pub"), made->verifier().to_text() + "\n");
  const auto again = folder.open_key("host/witness", "another/witness");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->verifier(), made->verifier());
}

TEST(WitnessFolder, RefusesToRenameItsKey) {
  testing::FaultyFiles files;
  Folder folder(files, kPath);
  ASSERT_TRUE(folder.lock().ok() && folder.open_key("a", "b").ok());
  const auto refused = folder.open_key("c", "b");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::Invalid);
}

TEST(WitnessFolder, MakesNoSecondKeyAfterItHasCosigned) {
  testing::FaultyFiles files;
  Folder folder(files, kPath);
  ASSERT_TRUE(folder.lock().ok() && folder.open_key("", "host").ok());
  ASSERT_TRUE(folder.store("o", SmallLog("o").note(1)).ok());
  ASSERT_TRUE(files.remove("w/witness.key").ok());
  const auto refused = folder.open_key("", "host");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::Corrupt);
}

TEST(WitnessFolder, RefusesADamagedKey) {
  testing::FaultyFiles files;
  Folder folder(files, kPath);
  ASSERT_TRUE(folder.lock().ok() && folder.open_key("", "host").ok());
  const std::string key = files.contents().at("w/witness.key");
  for (const std::string& text : {std::string(), key.substr(0, 20), "x" + key}) {
    files.put("w/witness.key", text);
    const auto refused = folder.open_key("", "host");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::Corrupt);
    EXPECT_EQ(refused.error().message.find(key.substr(20, 30)), std::string::npos);
  }
}

TEST(WitnessFolder, ReadsKeysOfLogsFromFilesOfAnyName) {
  testing::FaultyFiles files;
  Folder folder(files, kPath);
  ASSERT_TRUE(folder.lock().ok());
  const SmallLog a("a");
  const SmallLog b("b");
  files.put("w/logs/mine", a.key().to_text() + "\n\n" + b.key().to_text());
  files.put("w/logs/.hidden", "no key");
  files.put("w/logs/b.new", "half a dra");
  const auto keys = folder.logs();
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_EQ(*keys, (std::vector{a.key(), b.key()}));
}

TEST(WitnessFolder, SaysWhichLineIsNoKeyOfALog) {
  testing::FaultyFiles files;
  Folder folder(files, kPath);
  ASSERT_TRUE(folder.lock().ok());
  const SmallLog log("a");
  const auto witness = tlog::new_signer("w", tlog::SignatureType::CosignatureV1);
  for (const std::string& second : {std::string("nonsense"), witness.verifier().to_text()}) {
    files.put("w/logs/mine", log.key().to_text() + "\n" + second + "\n");
    const auto refused = folder.logs();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::Invalid);
    EXPECT_NE(refused.error().message.find("w/logs/mine:2: "), std::string::npos);
  }
}

TEST(WitnessFolder, AddsAKeyOnceAndBesideOlderOnesOfItsLog) {
  testing::FaultyFiles files;
  Folder folder(files, kPath);
  ASSERT_TRUE(folder.lock().ok());
  const SmallLog old("id/gateway");
  const SmallLog fresh("id/gateway");
  for (const auto& key : {old.key(), fresh.key(), old.key()}) {
    ASSERT_TRUE(folder.add_log(key).ok());
  }
  EXPECT_EQ(files.contents().at("w/logs/id%2fgateway"),
            old.key().to_text() + "\n" + fresh.key().to_text() + "\n");
}

TEST(WitnessFolder, NamesFilesDifferentlyForDifferentOrigins) {
  EXPECT_EQ(file_name_of("id/gateway"), "id%2fgateway");
  EXPECT_EQ(file_name_of("../x"), "%2e.%2fx");
  EXPECT_EQ(file_name_of("%2f"), "%252f");
  EXPECT_NE(file_name_of("a.new"), "a.new");
  EXPECT_EQ(file_name_of(std::string(255, '/')).size(), 72U);
  EXPECT_NE(file_name_of(std::string(254, '/')), file_name_of(std::string(255, '/')));
}

struct Stored : ::testing::Test {
  Stored() {
    EXPECT_TRUE(folder.lock().ok());
    auto note = log.note(5);
    note.signatures.push_back(*tlog::cosign(note.text, 1'700'000'000, own));
    EXPECT_TRUE(folder.store("o", note).ok());
  }
  [[nodiscard]] Code load_error() {
    const auto loaded = folder.load("o", own.verifier());
    return loaded ? Code::Internal : loaded.error().code;
  }

  testing::FaultyFiles files;
  Folder folder{files, kPath};
  SmallLog log{"o"};
  tlog::SignerKey own = tlog::new_signer("w", tlog::SignatureType::CosignatureV1);
};

using WitnessState = Stored;

TEST_F(WitnessState, IsWhatWasStored) {
  const auto loaded = folder.load("o", own.verifier());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  ASSERT_TRUE(loaded->has_value());
  EXPECT_EQ((*loaded)->size, 5U);
  EXPECT_EQ((*loaded)->root, log.root(5));
  const auto none = folder.load("another", own.verifier());
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->has_value());
}

TEST_F(WitnessState, IsRefusedWhenAnyByteOfItIsAnother) {
  const std::string good = files.contents().at("w/state/o");
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    files.put("w/state/o", bad);
    const bool in_other_signature = load_error() == Code::Internal;
    // The signature of the log was checked before the witness signed; it is kept for readers.
    if (in_other_signature) EXPECT_LT(at, good.rfind("— w "));
    if (in_other_signature) EXPECT_GT(at, good.find("— o "));
  }
  for (size_t size = 0; size < good.size(); ++size) {
    files.put("w/state/o", good.substr(0, size));
    EXPECT_EQ(load_error(), Code::Corrupt) << size;
  }
}

TEST_F(WitnessState, IsRefusedForAnotherLogAndAnotherWitness) {
  files.put("w/state/p", files.contents().at("w/state/o"));
  const auto moved = folder.load("p", own.verifier());
  ASSERT_FALSE(moved.ok());
  EXPECT_EQ(moved.error().code, Code::Corrupt);
  const auto other = tlog::new_signer("w", tlog::SignatureType::CosignatureV1);
  const auto foreign = folder.load("o", other.verifier());
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().code, Code::Corrupt);
}

}  // namespace
}  // namespace srasta::witness
