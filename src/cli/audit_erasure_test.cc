#include "cli/audit_erasure.h"

#include "audit/ledger.h"
#include "base/entropy.h"
#include "base/file.h"
#include "cli/audit.h"
#include "cli/audit_retention.h"
#include "cli/command_line.h"
#include "erasure/salt_store.h"

#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

constexpr erasure::SubjectRef kAlice{.tenant = "acme", .id = "alice@example.com"};

class AuditErasure : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = ::testing::TempDir() + "srasta-cli-erasure-XXXXXX";
    ASSERT_NE(::mkdtemp(data_.data()), nullptr);
    const base::SystemClock clock;
    auto ledger = audit::Ledger::open(
        files_, clock, entropy_, {.folder = data_ + "/audit", .service = "api", .release = "1"});
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    const auto commitment = salts()->find_or_make(kAlice);
    ASSERT_TRUE(commitment.ok()) << commitment.error().message;
    commitment_ = commitment->view();
    audit::Event event{.act = audit::Act::AuthOk, .outcome = audit::Outcome::Ok};
    event.actor = {.id = audit::Subject(*commitment),
                   .kind = audit::ActorKind::User,
                   .tenant = audit::Label(kAlice.tenant)};
    ASSERT_TRUE((*ledger)->append(event).ok());
    ASSERT_TRUE((*ledger)->close().ok());
  }
  void TearDown() override { std::filesystem::remove_all(data_); }

  std::unique_ptr<erasure::SaltStore> salts() {
    auto store = erasure::SaltStore::open(data_ + "/audit/gateway", entropy_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return *std::move(store);
  }
  /// What `srasta audit <arguments>` prints; the exit status is in `status_`.
  std::string run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "audit");
    arguments.insert(arguments.end(), {"--data", data_});
    CommandLine line("test", "");
    add_audit(line.root(), environment_);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    status_ = line.run(std::move(arguments));
    problem_ = ::testing::internal::GetCapturedStderr();
    return ::testing::internal::GetCapturedStdout();
  }
  std::string of_alice(const std::string& verb, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {verb, "--subject", std::string(kAlice.id), "--tenant",
                               std::string(kAlice.tenant)});
    return run(std::move(more));
  }
  std::string erasures() {
    return run({"search", "--stream", "operator", "--act", "log.erased", "--json"});
  }

  base::PosixFileSystem files_;
  base::SystemEntropy entropy_;
  config::Environment environment_;
  std::string data_;
  std::string commitment_;
  std::string problem_;
  int status_ = -1;
};

TEST_F(AuditErasure, FindsAPersonsRecordsUntilTheKeyIsErased) {
  EXPECT_EQ(of_alice("subject"), commitment_ + "\n");
  const std::string found = of_alice("search", {"--json"});
  EXPECT_EQ(status_, 0);
  EXPECT_NE(found.find(commitment_), std::string::npos) << found;

  const std::string erased = of_alice("erase", {"--yes"});
  EXPECT_EQ(status_, 0) << problem_;
  EXPECT_TRUE(erased.starts_with("OK the key of this subject is erased (operator ")) << erased;

  for (const char* const verb : {"subject", "search"}) {
    EXPECT_EQ(of_alice(verb), "");
    EXPECT_EQ(status_, 1) << verb;
    EXPECT_NE(problem_.find("there is no key of this subject"), std::string::npos) << problem_;
  }
  EXPECT_NE(run({"search", "--actor", commitment_}), "") << "the records stay";
}

TEST_F(AuditErasure, RecordsCountsAndNobody) {
  (void)of_alice("erase", {"--yes"});
  const std::string record = erasures();
  EXPECT_NE(record.find(R"("data":{"stream":"gateway","subjects":1,"total":1})"), std::string::npos)
      << record;
  for (const std::string& word :
       {commitment_, std::string(kAlice.id), std::string(kAlice.tenant)}) {
    EXPECT_EQ(record.find(word), std::string::npos) << word;
  }
}

TEST_F(AuditErasure, ASecondTimeIsToldFromTheFirst) {
  (void)of_alice("erase", {"--yes"});
  const std::string before = erasures();
  EXPECT_EQ(of_alice("erase", {"--yes"}), "");
  EXPECT_EQ(status_, 1);
  EXPECT_NE(problem_.find("nothing was changed"), std::string::npos) << problem_;
  EXPECT_EQ(erasures(), before);
}

TEST_F(AuditErasure, SaysThatAPlainIdIsRecordedAsItIs) {
  (void)run({"erase", "--subject", "u-1", "--tenant", "acme", "--yes"});
  EXPECT_EQ(status_, 1);
  EXPECT_NE(problem_.find("audit.identifiers"), std::string::npos) << problem_;
}

TEST_F(AuditErasure, IsRefusedWhileALegalHoldIsOn) {
  for (const std::vector<std::string>& hold :
       {std::vector<std::string>{"hold", "--name", "case-7"},
        std::vector<std::string>{"hold", "--name", "case-8", "--stream", "tools"}}) {
    (void)run(hold);
    ASSERT_EQ(status_, 0) << problem_;
  }
  (void)of_alice("erase", {"--yes"});
  EXPECT_EQ(status_, 1);
  EXPECT_NE(problem_.find("case-7"), std::string::npos) << problem_;
  EXPECT_EQ(of_alice("subject"), commitment_ + "\n");
  (void)run({"release", "--name", "case-7"});
  (void)of_alice("erase", {"--yes"});
  EXPECT_EQ(status_, 0) << "a hold of another stream does not count: " << problem_;
}

TEST_F(AuditErasure, ThatWasKilledBeforeItsCommitErasedNothing) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto connection = sql::Connection::open({.path = data_ + "/audit/gateway/salts.db",
                                             .migrations = {""},
                                             .deletion = sql::Deletion::Erasing});
    const auto transaction = connection->begin(sql::Lock::All);
    ::_exit(transaction.ok() && connection->execute("DELETE FROM salt").ok() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(of_alice("subject"), commitment_ + "\n");
  (void)of_alice("erase", {"--yes"});
  EXPECT_EQ(status_, 0) << problem_;
}

TEST_F(AuditErasure, ThatWasKilledBeforeItsRecordIsRecordedAtTheNextAttempt) {
  ASSERT_TRUE(salts()->erase(kAlice, 0)->now);
  EXPECT_EQ(erasures(), "");

  const std::string told = of_alice("erase");
  EXPECT_EQ(status_, 0) << problem_;
  EXPECT_NE(told.find("ended half done is finished"), std::string::npos) << told;
  EXPECT_NE(erasures().find(R"("subjects":1,"total":1)"), std::string::npos);

  (void)of_alice("erase");
  EXPECT_EQ(status_, 1);
}

TEST_F(AuditErasure, OfAnOldCopyOfTheKeysIsCountedOn) {
  const std::string keys = data_ + "/audit/gateway/salts.db";
  std::filesystem::copy_file(keys, data_ + "/backup");
  (void)of_alice("erase", {"--yes"});
  std::filesystem::copy_file(data_ + "/backup", keys,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(of_alice("subject"), commitment_ + "\n") << "a backup brings keys back";
  (void)of_alice("erase", {"--yes"});
  EXPECT_NE(erasures().find(R"("subjects":1,"total":2)"), std::string::npos) << erasures();
}

}  // namespace
}  // namespace srasta::cli
