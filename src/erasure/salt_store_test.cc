#include "erasure/salt_store.h"

#include "base/encoding.h"
#include "base/file.h"

#include <filesystem>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::erasure {
namespace {

constexpr SubjectRef kAlice{.tenant = "acme", .id = "alice@example.com"};

/// Remembers the last bytes that it gave.
class TracedEntropy final : public base::Entropy {
 public:
  void fill(std::span<std::byte> out) override {
    system_.fill(out);
    last.assign(out.size(), '\0');
    std::ranges::copy(out, std::as_writable_bytes(std::span(last)).begin());
  }
  std::string last;

 private:
  base::SystemEntropy system_;
};

class SaltStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "srasta-salts-XXXXXX";
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::unique_ptr<SaltStore> opened() {
    auto store = SaltStore::open(folder_, entropy_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return *std::move(store);
  }
  static std::string commitment_of(SaltStore& store, const SubjectRef& subject) {
    const auto made = store.find_or_make(subject);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return std::string(made->view());
  }
  [[nodiscard]] bool any_file_has(std::string_view bytes) const {
    base::PosixFileSystem files;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      const auto content = base::read_file(files, file.path().string(), 1 << 30);
      if (content && content->find(bytes) != std::string::npos) return true;
    }
    return false;
  }

  TracedEntropy entropy_;
  std::string folder_;
};

TEST_F(SaltStoreTest, GivesASubjectTheSameCommitmentUntilItIsErased) {
  const std::string first = commitment_of(*opened(), kAlice);
  EXPECT_TRUE(first.starts_with("c1:") && first.size() == 67) << first;
  const auto store = opened();
  EXPECT_EQ(commitment_of(*store, kAlice), first);
  EXPECT_EQ((*store->find(kAlice))->view(), first);

  const auto erased = store->erase(kAlice, 0);
  ASSERT_TRUE(erased.ok());
  EXPECT_TRUE(erased->now);
  EXPECT_EQ(erased->total, 1U);
  EXPECT_FALSE(store->find(kAlice)->has_value());
  EXPECT_NE(commitment_of(*store, kAlice), first);
}

TEST_F(SaltStoreTest, ErasesWhatANewerCopyHasErased) {
  constexpr SubjectRef kBob{.tenant = "acme", .id = "bob@example.com"};
  constexpr SubjectRef kCarol{.tenant = "acme", .id = "carol@example.com"};
  constexpr SubjectRef kDave{.tenant = "acme", .id = "dave@example.com"};
  const std::string older = folder_ + "/older";
  std::string of_alice;
  std::string of_bob;
  {
    const auto store = opened();
    of_alice = commitment_of(*store, kAlice);
    of_bob = commitment_of(*store, kBob);
    (void)commitment_of(*store, kCarol);
  }
  std::filesystem::create_directory(older);
  std::filesystem::copy(folder_ + "/salts.db", older + "/salts.db");
  const auto later = opened();
  ASSERT_TRUE(later->erase(kAlice, 0)->now);
  ASSERT_TRUE(later->erase(kCarol, 0)->now);
  (void)commitment_of(*later, kCarol);  // who came back
  (void)commitment_of(*later, kDave);

  const auto store = *SaltStore::open_existing(older, entropy_);
  const auto erased = store->erase_like(*later);
  ASSERT_TRUE(erased.ok()) << erased.error().message;
  EXPECT_EQ(*erased, 2U);
  EXPECT_EQ(*store->total(), 2U);
  EXPECT_FALSE(store->find(kAlice)->has_value());
  EXPECT_FALSE(store->find(kCarol)->has_value());
  EXPECT_EQ((*store->find(kBob))->view(), of_bob);
  EXPECT_EQ(*store->erase_like(*later), 0U) << "nothing is left to do";
  EXPECT_EQ(*later->erase_like(*store), 0U) << "it knows of no more erasures";
  EXPECT_TRUE(later->find(kDave)->has_value());
}

TEST_F(SaltStoreTest, TakesNothingFromTheSaltsOfAnotherInstallation) {
  const std::string other = folder_ + "/other";
  std::filesystem::create_directory(other);
  const auto foreign = *SaltStore::open(other, entropy_);
  (void)commitment_of(*foreign, kAlice);
  ASSERT_TRUE(foreign->erase(kAlice, 0)->now);
  const auto store = opened();
  (void)commitment_of(*store, kAlice);
  EXPECT_EQ(store->erase_like(*foreign).error().code, base::Code::Invalid);
  EXPECT_TRUE(store->find(kAlice)->has_value());
}

TEST_F(SaltStoreTest, TellsSubjectsApart) {
  const auto store = opened();
  const std::vector<SubjectRef> subjects = {
      kAlice,      {"acme", "bob"}, {"globex", kAlice.id},        {"a", "bc"},
      {"ab", "c"}, {"", "abc"},     {"acme", "Alice@example.com"}};
  std::set<std::string> made;
  for (const SubjectRef& subject : subjects) made.insert(commitment_of(*store, subject));
  EXPECT_EQ(made.size(), subjects.size());
}

TEST_F(SaltStoreTest, GivesAnotherInstallationAnotherCommitment) {
  const std::string here = commitment_of(*opened(), kAlice);
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directory(folder_);
  EXPECT_NE(commitment_of(*opened(), kAlice), here);
}

TEST_F(SaltStoreTest, FindsNothingWithoutMakingAnything) {
  EXPECT_EQ(SaltStore::open_existing(folder_, entropy_).error().code, base::Code::NotFound);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  const auto store = opened();
  EXPECT_FALSE(store->find(kAlice)->has_value());
  EXPECT_FALSE(store->find(kAlice)->has_value());
}

TEST_F(SaltStoreTest, IsForTheOwnerOnly) {
  (void)opened();
  for (const char* const name : {"/salts.db", "/erasures"}) {
    struct stat status{};
    ASSERT_EQ(::stat((folder_ + name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
}

TEST_F(SaltStoreTest, LeavesNothingOfAnErasedKeyInAnyFile) {
  const auto store = opened();
  for (int i = 0; i < 80; ++i) (void)commitment_of(*store, {"acme", std::to_string(i)});
  const std::string commitment = commitment_of(*store, kAlice);
  const std::string key = entropy_.last;
  for (int i = 80; i < 160; ++i) (void)commitment_of(*store, {"acme", std::to_string(i)});
  ASSERT_TRUE(any_file_has(key));
  EXPECT_FALSE(any_file_has(kAlice.id));
  EXPECT_EQ(audit::Commitment::of(key, kAlice.id).view(), commitment);

  ASSERT_TRUE(store->erase(kAlice, 0)->now);
  ASSERT_TRUE(store->scrub().ok());

  EXPECT_FALSE(any_file_has(key));
  EXPECT_FALSE(any_file_has(key.substr(0, 16)));
  EXPECT_FALSE(any_file_has(key.substr(16)));
  EXPECT_TRUE(store->find({"acme", "159"})->has_value());
}

TEST_F(SaltStoreTest, CountsErasuresOnceAndNeverBehindWhatWasTold) {
  const auto store = opened();
  EXPECT_EQ(store->erase(kAlice, 0)->total, 0U);
  (void)commitment_of(*store, kAlice);
  EXPECT_EQ(store->erase(kAlice, 0)->total, 1U);
  EXPECT_FALSE(store->erase(kAlice, 0)->now);
  EXPECT_EQ(*store->total(), 1U);
  // The file came back from before six erasures.
  (void)commitment_of(*store, kAlice);
  EXPECT_EQ(store->erase(kAlice, 7)->total, 8U);
  EXPECT_EQ(*opened()->total(), 8U);
}

TEST_F(SaltStoreTest, TellsAnotherProcessOfAnErasure) {
  const auto gateway = opened();
  const auto command = opened();
  const std::string before = commitment_of(*gateway, kAlice);
  const uint64_t seen = gateway->erasures().load();

  ASSERT_TRUE(command->erase(kAlice, 0)->now);

  EXPECT_NE(gateway->erasures().load(), seen);
  EXPECT_NE(commitment_of(*gateway, kAlice), before);
  const uint64_t again = gateway->erasures().load();
  ASSERT_FALSE(command->erase({"acme", "nobody"}, 0)->now);
  EXPECT_EQ(gateway->erasures().load(), again) << "nothing was erased";
}

TEST_F(SaltStoreTest, LeavesADamagedFileAsItIs) {
  (void)opened();
  base::PosixFileSystem files;
  auto file = files.open(folder_ + "/salts.db", base::OpenMode::ReadWrite);
  ASSERT_TRUE((*file)->truncate(0).ok());
  ASSERT_TRUE((*file)->append(std::string(8'192, 'x')).ok());
  EXPECT_EQ(SaltStore::open(folder_, entropy_).error().code, base::Code::Corrupt);
}

}  // namespace
}  // namespace srasta::erasure
