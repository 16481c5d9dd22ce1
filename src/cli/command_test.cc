// Drives the real command `srasta`, with a stand-in for srasta-api beside it.
#include "base/encoding.h"
#include "base/file.h"
#include "cli/installation.h"
#include "config/explain.h"
#include "process/child.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::cli {
namespace {

using base::Millis;
using process::Child;
using process::Exit;

constexpr Millis kSoon{30'000};

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// One end of a pipe that a child writes to as /dev/fd/N.
class Output {
 public:
  Output() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reading_.reset(ends[0]);
    writing.reset(ends[1]);
  }

  /// Until all writers are gone, or until `end` was read.
  std::string read_until(std::string_view end = {}) {
    writing.reset();
    std::array<char, 4096> block{};
    while (end.empty() || text_.find(end) == std::string::npos) {
      pollfd readable{.fd = reading_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, static_cast<int>(kSoon.count())) != 1) break;
      const ssize_t got = ::read(reading_.get(), block.data(), block.size());
      if (got <= 0) break;
      text_.append(block.data(), static_cast<size_t>(got));
    }
    return text_;
  }

  base::Descriptor writing;

 private:
  base::Descriptor reading_;
  std::string text_;
};

class Command : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = testing::TempDir() + "srasta-command-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    folder_ = path;
    data_ = folder_ + "/data";
    std::filesystem::copy_file(SRASTA_COMMAND, folder_ + "/srasta");
    for (const char* service : {"/srasta-api", "/srasta-admin"}) {
      std::filesystem::copy_file(SRASTA_FAKE_API, folder_ + service);
    }
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  base::Result<Child> start(std::vector<std::string> arguments, Output& out, Output& err) {
    process::ChildSpec spec{
        .program = "/bin/sh",
        .arguments = {"-c", "exec \"$0\" \"$@\" >&3 2>&4 3>&- 4>&-", folder_ + "/srasta"},
        .environment = environment_,
        .inherited = {out.writing.get(), err.writing.get()},
        .user = {}};
    spec.arguments.insert(spec.arguments.end(), arguments.begin(), arguments.end());
    return Child::spawn(spec);
  }

  Outcome run(std::vector<std::string> arguments) {
    Output out;
    Output err;
    auto child = start(std::move(arguments), out, err);
    EXPECT_TRUE(child.ok());
    Outcome outcome{.status = -1, .out = out.read_until(), .err = err.read_until()};
    if (child) outcome.status = child->wait(kSoon)->value_or(Exit{.status = -1}).status;
    return outcome;
  }

  std::string write(const std::string& name, std::string_view content) {
    EXPECT_TRUE(base::write_file_atomic(files_, folder_ + "/" + name, content).ok());
    return folder_ + "/" + name;
  }

  std::string read(const std::string& path) {
    auto content = base::read_file(files_, path, 1 << 20);
    return content ? *content : content.error().message;
  }

  base::PosixFileSystem files_;
  std::string folder_;
  std::string data_;
  config::Environment environment_ = {{"PATH", "/bin"}};
};

TEST_F(Command, ShowsItsVerbsWhenAskedNothing) {
  const Outcome outcome = run({});

  EXPECT_EQ(outcome.status, 0);
  for (const char* verb : {"up", "serve", "token", "config", "doctor", "version"}) {
    EXPECT_NE(outcome.out.find(std::string("  ") + verb + " "), std::string::npos) << verb;
  }
}

TEST_F(Command, RefusesUnknownWordsWithExitCode2) {
  EXPECT_EQ(run({"upp"}).status, 2);
  EXPECT_EQ(run({"up", "--nothing"}).status, 2);
  EXPECT_EQ(run({"token"}).status, 2);
  EXPECT_EQ(run({"up", "--help"}).status, 0);
}

TEST_F(Command, PrintsTheReferencePage) {
  EXPECT_EQ(run({"config", "schema", "--markdown"}).out, config::schema_markdown());
}

TEST_F(Command, ChecksAFileAndTheFilesItNames) {
  const std::string key = write("engine.key", "sk-7");
  const std::string file = write("good.yaml",
                                 "inference:\n"
                                 "  upstreams:\n"
                                 "    - { name: a, kind: openai, url: \"https://a.example\",\n"
                                 "        key_file: engine.key }\n");
  EXPECT_EQ(run({"config", "check", file}).status, 0);

  ASSERT_EQ(::chmod(key.c_str(), 0644), 0);
  const Outcome open = run({"config", "check", file});
  EXPECT_EQ(open.status, 2);
  EXPECT_NE(open.err.find(file + ":4: inference.upstreams[0].key_file: "), std::string::npos)
      << open.err;

  write("engine.key", "changeme");
  ASSERT_EQ(::chmod(key.c_str(), 0600), 0);
  const Outcome weak = run({"config", "check", file});
  EXPECT_EQ(weak.status, 2);
  EXPECT_NE(weak.err.find("holds a secret that everybody can guess"), std::string::npos)
      << weak.err;

  const Outcome bad = run({"config", "check", write("bad.yaml", "lissten: 1\n")});
  EXPECT_EQ(bad.status, 2);
  EXPECT_NE(bad.err.find("/bad.yaml:1: lissten: unknown key, did you mean \"listen\"?"),
            std::string::npos);
}

TEST_F(Command, UpStartsTheGatewayAndStopsItOnSigterm) {
  environment_["SRASTA_DRAIN"] = "1s";
  environment_["SECRET_OF_THE_SHELL"] = "x";
  const std::string config = write("srasta.yaml", "log: { level: debug }\n");
  Output out;
  Output err;
  auto up = start({"up", "--data", data_, "--listen", "127.0.0.1:0", "--config", config}, out, err);
  ASSERT_TRUE(up.ok());
  const std::string said = out.read_until("/auth/setup/");
  ASSERT_TRUE(
      said.starts_with("srasta: ready on http://127.0.0.1:45123\n"
                       "srasta: no owner yet"))
      << said << err.read_until("\n");

  const std::string seen = read(data_ + "/run/seen");
  EXPECT_TRUE(
      seen.starts_with("--config\n" + config + "\n--data\n" + data_ + "\n--listen\n127.0.0.1:0\n"))
      << seen;
  EXPECT_NE(seen.find("\nSRASTA_DRAIN=1s\n"), std::string::npos);
  EXPECT_NE(seen.find("\nSRASTA_FD_KEYS=3\n"), std::string::npos);
  EXPECT_NE(seen.find("\nSRASTA_FD_READY=4\n"), std::string::npos);
  EXPECT_NE(seen.find("{\"issuer_pem\":\"-----BEGIN PRIVATE KEY-----"), std::string::npos);
  EXPECT_EQ(seen.find("SECRET_OF_THE_SHELL"), std::string::npos);

  const Outcome second = run({"up", "--data", data_});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find("another `srasta up` runs on " + data_), std::string::npos);

  up->terminate();
  EXPECT_TRUE(up->wait(kSoon)->value_or(Exit{.status = -1}).clean());
  EXPECT_NE(err.read_until().find("api: exited with status 0"), std::string::npos);
}

TEST_F(Command, UpRefusesABadConfigurationBeforeItTouchesAnything) {
  const std::string config = write("srasta.yaml", "listen: 0.0.0.0:8484\n");

  const Outcome outcome = run({"up", "--data", data_, "--config", config});

  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find(config + ":1: listen: 0.0.0.0:8484 is not a loopback address"),
            std::string::npos);
  EXPECT_FALSE(files_.identity(data_).ok());
}

TEST_F(Command, UpFailsWhenTheGatewayDoesNotStart) {
  ASSERT_TRUE(files_.remove(folder_ + "/srasta-api").ok());
  const Outcome missing = run({"up", "--data", data_});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("/srasta-api: exec: "), std::string::npos) << missing.err;
}

TEST_F(Command, ServeBecomesTheGateway) {
  Output out;
  Output err;
  auto serve = start({"serve", "api", "--data", data_}, out, err);
  ASSERT_TRUE(serve.ok());
  // The stand-in finds no descriptor 4 to report to, which ends it.
  EXPECT_EQ(serve->wait(kSoon)->value_or(Exit{}).status, 1);

  EXPECT_NE(read(data_ + "/run/seen").find("{\"issuer_pem\":"), std::string::npos);
}

TEST_F(Command, TokenNamesTheConfiguredIssuerAndTheGrant) {
  Installation installation(data_, {});
  ASSERT_TRUE(installation.open_keys().ok());
  const std::string config = write("srasta.yaml", "public_url: https://ai.example/\n");

  const Outcome outcome = run({"token", "issue", "--data", data_, "--config", config, "--subject",
                               "ci", "--role", "service", "--role", "developer", "--ttl", "5m"});

  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const size_t first = outcome.out.find('.');
  const size_t second = outcome.out.find('.', first + 1);
  const auto payload = base::from_base64url(outcome.out.substr(first + 1, second - first - 1));
  ASSERT_TRUE(payload);
  EXPECT_TRUE(payload->starts_with(
      R"({"iss":"https://ai.example","sub":"ci","aud":"srasta-api","tenant":"default",)"
      R"("roles":["service","developer"],"iat":)"))
      << *payload;
}

TEST_F(Command, TokenExplainsWhatIsMissing) {
  const Outcome early = run({"token", "issue", "--data", data_});
  EXPECT_EQ(early.status, 1);
  EXPECT_NE(early.err.find("the first `srasta up` makes the key"), std::string::npos);
  const Outcome role = run({"token", "issue", "--data", data_, "--role", "root"});
  EXPECT_EQ(role.status, 2);
  EXPECT_NE(role.err.find("allowed: admin auditor developer operator owner"), std::string::npos);
  EXPECT_EQ(run({"token", "issue", "--data", data_, "--ttl", "10"}).status, 2);
}

TEST_F(Command, DoctorSaysOneLinePerCheck) {
  const std::string config = write("srasta.yaml", "inference: { detect: false }\n");
  const std::vector<std::string> doctor = {"doctor",      "--data",   data_, "--listen",
                                           "127.0.0.1:0", "--config", config};

  const Outcome fresh = run(doctor);
  EXPECT_EQ(fresh.status, 0) << fresh.out;
  EXPECT_NE(fresh.out.find("does not exist -> srasta up creates it\n"), std::string::npos);

  Installation installation(data_, {});
  ASSERT_TRUE(installation.open_keys().ok());
  ASSERT_EQ(::chmod((data_ + "/keys").c_str(), 0755), 0);
  const Outcome open = run(doctor);
  EXPECT_EQ(open.status, 1);
  EXPECT_NE(open.out.find("fail  keys "), std::string::npos) << open.out;
}

}  // namespace
}  // namespace srasta::cli
