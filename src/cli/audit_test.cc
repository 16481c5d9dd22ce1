#include "cli/audit.h"

#include "audit/ledger.h"
#include "cli/command_line.h"
#include "cli/data_folder.h"

#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

class AuditCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = ::testing::TempDir() + "srasta-cli-audit-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    data_ = path;
    base::SystemClock clock;
    base::SystemEntropy entropy;
    auto ledger = audit::Ledger::open(
        files_, clock, entropy, {.folder = data_ + "/audit", .service = "api", .release = "1"});
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    audit::Event event{.act = audit::Act::AuthFail, .durability = audit::Durability::Should};
    event.corr.request = audit::Label(std::string_view("r-1"));
    event.data.add("reason", audit::Reason::Exp);
    ASSERT_TRUE((*ledger)->append(event).ok());
    ASSERT_TRUE((*ledger)->close().ok());
  }

  /// What `srasta <arguments>` prints; the exit status is in `status_`.
  std::string run(std::vector<std::string> arguments) {
    CommandLine line("test", "");
    add_audit(line.root(), environment_);
    ::testing::internal::CaptureStdout();
    status_ = line.run(std::move(arguments));
    return ::testing::internal::GetCapturedStdout();
  }

  std::string segment() const {
    return data_ + "/audit/gateway/seg/" + std::string(20, '0') + ".jsonl";
  }

  base::PosixFileSystem files_;
  std::string data_;
  config::Environment environment_;
  int status_ = -1;
};

TEST_F(AuditCommand, VerifiesWhatNobodyHasSignedYetWithStatusTwoUntilAByteIsChanged) {
  const std::string unsigned_yet = run({"audit", "verify", "--data", data_});
  EXPECT_TRUE(unsigned_yet.starts_with("UNANCHORED (3 records in 1 streams: ")) << unsigned_yet;
  EXPECT_NE(unsigned_yet.find("\ngateway: OK 0-2 head "), std::string::npos);
  EXPECT_EQ(status_, 2);

  std::string log = *base::read_file(files_, segment(), 1 << 20);
  log[100] = static_cast<char>(log[100] ^ 1);
  ASSERT_TRUE(base::write_file_atomic(files_, segment(), log).ok());

  EXPECT_NE(run({"audit", "verify", "--data", data_}).find("\ngateway: MODIFIED 0 "),
            std::string::npos);
  EXPECT_EQ(status_, 1);
  EXPECT_TRUE(run({"audit", "verify", "--data", data_, "--json"})
                  .starts_with(R"({"verdict":"VIOLATED","exit":1,)"));
  EXPECT_NE(run({"audit", "verify", "--data", data_, "--sarif"})
                .find(R"("ruleId":"MODIFIED","level":"error")"),
            std::string::npos);
}

TEST_F(AuditCommand, RefusesFilesThatAreNoKeysCheckpointsOrPolicies) {
  for (const char* option : {"--trust", "--since", "--witness"}) {
    (void)run({"audit", "verify", "--data", data_, option, data_ + "/none"});
    EXPECT_EQ(status_, 4) << option;
    (void)run({"audit", "verify", "--data", data_, option, segment()});
    EXPECT_EQ(status_, 4) << option;
  }
}

TEST_F(AuditCommand, TakesTheFolderUnderEitherName) {
  const std::string verdict = run({"audit", "verify", "--data", data_});
  EXPECT_EQ(run({"audit", "verify", "--dir", data_}), verdict);
  EXPECT_EQ(status_, 2);
  EXPECT_EQ(run({"audit", "--dir", data_, "verify"}), verdict);
}

TEST_F(AuditCommand, SaysUnreadableWhereThereIsNoLedger) {
  EXPECT_TRUE(run({"audit", "--data", data_ + "/none", "verify"}).starts_with("UNREADABLE ("));
  EXPECT_EQ(status_, 3);
}

TEST_F(AuditCommand, ShowsTheNewestRecords) {
  const std::string shown = run({"audit", "tail", "-n", "2", "--data", data_});

  EXPECT_EQ(status_, 0);
  EXPECT_NE(shown.find("auth.fail           deny    -@- r-1 reason=exp\n"), std::string::npos)
      << shown;
  EXPECT_NE(shown.find("log.close"), std::string::npos);
  EXPECT_EQ(shown.find("log.genesis"), std::string::npos);
}

TEST_F(AuditCommand, FindsRecordsAndPrintsThemAsStored) {
  const std::string found =
      run({"audit", "search", "--data", data_, "--act", "auth.", "--request", "r-1", "--json"});

  EXPECT_EQ(status_, 0);
  EXPECT_TRUE(found.starts_with(R"({"act":"auth.fail",)"));
  EXPECT_TRUE(run({"audit", "search", "--data", data_, "--actor", "nobody"}).empty());
  EXPECT_EQ(status_, 1);
}

TEST_F(AuditCommand, ShowsNothingOfATailThatDoesNotHold) {
  const std::string shown = run({"audit", "tail", "--verify", "--data", data_});
  EXPECT_EQ(status_, 0);
  EXPECT_TRUE(shown.starts_with("-- from here on, not bound by a checkpoint yet --\n")) << shown;
  EXPECT_NE(shown.find("log.close"), std::string::npos);

  std::string log = *base::read_file(files_, segment(), 1 << 20);
  log[100] = static_cast<char>(log[100] ^ 1);
  ASSERT_TRUE(base::write_file_atomic(files_, segment(), log).ok());
  EXPECT_EQ(run({"audit", "tail", "--verify", "--data", data_}), "");
  EXPECT_EQ(status_, 1);
  (void)run({"audit", "tail", "--verify", "--data", data_, "--trust", segment()});
  EXPECT_EQ(status_, 4);
}

TEST_F(AuditCommand, ExportsRecordsToAFileOrNothing) {
  const std::string out = data_ + "/out";
  EXPECT_EQ(run({"audit", "export", "--jsonl", "--act", "auth.", "--data", data_}),
            run({"audit", "search", "--json", "--act", "auth.", "--data", data_}));
  EXPECT_EQ(status_, 0);
  EXPECT_EQ(run({"audit", "export", "--csv", "--out", out, "--data", data_}), "");
  EXPECT_EQ(status_, 0);
  EXPECT_TRUE(base::read_file(files_, out, 1 << 20)->starts_with("stream,seq,t,act,"));
  for (const auto& [arguments, expected] :
       {std::pair<std::vector<std::string>, int>{{"--jsonl", "--actor", "nobody"}, 1},
        {{"--bundle", "--out", out + "2"}, 2},  // no checkpoint yet
        {{"--jsonl", "--stream", "none"}, 3},
        {{"--bundle"}, 4},
        {{}, 4}}) {
    std::vector<std::string> all = {"audit", "export", "--data", data_};
    all.insert(all.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(run(all), "");
    EXPECT_EQ(status_, expected);
  }
  EXPECT_FALSE(base::read_file(files_, out + "2", 1).ok());
  (void)run({"audit", "check-bundle", out, "--data", data_});
  EXPECT_EQ(status_, 1);
  (void)run({"audit", "check-bundle", out + "2", "--data", data_});
  EXPECT_EQ(status_, 3);
}

TEST_F(AuditCommand, RefusesFiltersThatCanFindNothing) {
  for (const auto& [option, value] :
       {std::pair{"--act", "auth.fial"}, {"--out", "denied"}, {"--since", "yesterday"}}) {
    (void)run({"audit", "search", "--data", data_, option, value});
    EXPECT_EQ(status_, 4) << option;
  }
}

TEST_F(AuditCommand, ShowsHowFarEachSinkGot) {
  const std::string file = data_ + "/srasta.yaml";
  ASSERT_TRUE(base::write_file_atomic(files_, file,
                                      "audit:\n  sinks:\n"
                                      "    - { name: siem, url: \"syslog+tls://logs.example\" }\n"
                                      "    - { name: other, url: \"syslog+tcp://localhost\", "
                                      "streams: [install] }\n")
                  .ok());
  ASSERT_TRUE(files_.make_folder(data_ + "/forward").ok());
  const std::string cursor = data_ + "/forward/siem.cursor";
  ASSERT_TRUE(base::write_file_atomic(
                  files_, cursor, "srasta sink cursor 1\ngateway 2 " + std::string(64, 'a') + "\n")
                  .ok());
  const std::vector<std::string> command{"audit", "sinks", "--data", data_, "--config", file};
  EXPECT_EQ(run(command),
            "siem  syslog+tls://logs.example\n"
            "  gateway      2 of 3 sent, 1 behind\n"
            "other  syslog+tcp://localhost\n");
  EXPECT_EQ(status_, 0);
  ASSERT_TRUE(base::write_file_atomic(files_, cursor, "nonsense").ok());
  (void)run(command);
  EXPECT_EQ(status_, 3);
  ASSERT_TRUE(base::write_file_atomic(files_, file, "audit: { sinks: 3 }\n").ok());
  (void)run(command);
  EXPECT_EQ(status_, 4);
}

TEST(DataFolder, IsTheSystemsForRoot) {
  const std::string folder = default_data_folder();
  EXPECT_EQ(folder == "/var/lib/srasta", ::geteuid() == 0);
  EXPECT_TRUE(folder.ends_with("/srasta"));
}

}  // namespace
}  // namespace srasta::cli
