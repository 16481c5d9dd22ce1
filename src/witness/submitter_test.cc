// The submitter against the real door of a witness, and against servers that are none.
#include "witness/submitter.h"

#include "base/file.h"
#include "testing/faulty_files.h"
#include "tlog/cosignature.h"
#include "witness/door.h"
#include "witness/testing/small_log.h"

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

namespace srasta::witness {
namespace {

using base::Code;

/// An HTTP server on a thread of its own.
class Server {
 public:
  using MakeApplication =
      std::function<std::shared_ptr<net::Application>(net::Loop&, net::BlockingPool&, base::Log&)>;

  explicit Server(const MakeApplication& make, uint16_t port = 0)
      : application_(make(loop_, blocking_, log_)), server_(loop_, {}, *application_, nullptr) {
    const auto bound = server_.listen(*net::parse_ip("127.0.0.1", port), false);
    EXPECT_TRUE(bound.ok());
    if (bound) port_ = bound->port;
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Server() {
    loop_.post([this] { net::spawn(end()); });
    thread_.join();
    blocking_.stop();
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] uint16_t port() const { return port_; }

 private:
  net::Task<void> end() {
    net::Scope scope(loop_);
    server_.drain();
    server_.cut_off();
    while (server_.connections() > 0) (void)co_await net::Sleep(scope, base::Millis(1));
    loop_.stop();
  }

  base::SystemClock clock_;
  base::Log log_{clock_, 2, "test", base::Level::Error};
  net::Loop loop_{clock_};
  net::BlockingPool blocking_{1};
  std::shared_ptr<net::Application> application_;
  net::HttpServer server_;
  uint16_t port_ = 0;
  std::thread thread_;
};

struct Told {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Submitter::Cosignature> cosignatures;
  std::vector<Submitter::Problem> problems;

  Submitter::Handlers handlers() {
    return {.on_cosigned = [this](const Submitter::Cosignature& it) { add(cosignatures, it); },
            .on_problem = [this](const Submitter::Problem& it) { add(problems, it); }};
  }
  template <typename T>
  void add(std::vector<T>& list, const T& it) {
    const std::scoped_lock lock(mutex);
    list.push_back(it);
    changed.notify_all();
  }
  template <typename Condition>
  [[nodiscard]] bool wait(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), condition);
  }
  [[nodiscard]] bool cosigned_at(uint64_t size) {
    return wait(
        [&] { return !cosignatures.empty() && cosignatures.back().checkpoint.size == size; });
  }
  [[nodiscard]] bool problem_of(Code code) {
    return wait([&] { return !problems.empty() && problems.back().error.code == code; });
  }
};

/// A witness whose memory outlives its server.
struct Memory {
  explicit Memory(std::vector<tlog::VerifierKey> logs, const std::string& name = "host/witness") {
    EXPECT_TRUE(folder.lock().ok());
    cosigner = std::make_unique<Cosigner>(folder, clock, *folder.open_key(name, ""));
    EXPECT_TRUE(cosigner->watch(std::move(logs)).ok());
  }
  [[nodiscard]] Server::MakeApplication door() {
    return [this](net::Loop& loop, net::BlockingPool& blocking, base::Log& log) {
      return std::make_shared<Door>(
          Door::Parts{.loop = loop, .blocking = blocking, .log = log, .cosigner = *cosigner},
          std::nullopt);
    };
  }
  [[nodiscard]] WitnessClient::Settings at(const std::string& url) const {
    return {.url = url, .key = cosigner->key()};
  }

  base::SystemClock clock;
  testing::FaultyFiles files;
  Folder folder{files, "w"};
  std::unique_ptr<Cosigner> cosigner;
};

/// Says the same to everybody.
class Parrot final : public net::Application {
 public:
  Parrot(int status, std::string body) : status_(status), body_(std::move(body)) {}
  net::Task<void> serve(net::Exchange& exchange) override {
    std::string request;
    (void)co_await exchange.read_body(1 << 20, bodies_, request);
    (void)co_await exchange.respond(status_, "", body_);
  }
  net::Task<void> refuse(net::Exchange& exchange, net::Refusal) override {
    exchange.abort();
    co_return;
  }

 private:
  net::BodyBudget bodies_{1 << 20};
  const int status_;
  const std::string body_;
};

Server::MakeApplication parrot(int status, const std::string& body) {
  return [=](net::Loop&, net::BlockingPool&, base::Log&) {
    return std::make_shared<Parrot>(status, body);
  };
}

Submitter::Prove prove(const SmallLog& log, size_t size) {
  return [&log, size](uint64_t old_size) -> base::Result<tlog::Proof> {
    return log.proof(old_size, size);
  };
}

Submitter::Settings settings(std::vector<WitnessClient::Settings> witnesses) {
  return {.witnesses = std::move(witnesses),
          .within = base::Seconds(5),
          .first_pause = base::Millis(10),
          .longest_pause = base::Millis(50)};
}

base::SystemClock& system_clock() {
  static base::SystemClock clock;
  return clock;
}

std::unique_ptr<Submitter> open(Told& told, std::vector<WitnessClient::Settings> witnesses) {
  auto made = Submitter::open(system_clock(), settings(std::move(witnesses)), told.handlers());
  EXPECT_TRUE(made.ok()) << made.error().message;
  return *std::move(made);
}

TEST(Submitter, BringsRightCosignaturesBackAsTheLogGrows) {
  const SmallLog log("o");
  Memory memory({log.key()});
  const Server server(memory.door());
  Told told;
  const auto submitter = open(told, {memory.at(server.url())});
  for (const size_t size : std::array<size_t, 4>{3, 4, 9, 40}) {
    ASSERT_TRUE(submitter->submit(log.note(size), prove(log, size)).ok());
    ASSERT_TRUE(told.cosigned_at(size));
    tlog::Note note = log.note(size);
    note.signatures.push_back(told.cosignatures.back().signature);
    const auto verified = tlog::verify_note(note, std::array{log.key(), memory.cosigner->key()});
    ASSERT_TRUE(verified.ok());
    EXPECT_EQ(verified->size(), 2U);
    EXPECT_EQ(verified->back().time, told.cosignatures.back().time);
    EXPECT_EQ(told.cosignatures.back().witness, "host/witness");
  }
  EXPECT_TRUE(told.problems.empty());
  const auto standings = submitter->standings();
  ASSERT_EQ(standings.size(), 1U);
  EXPECT_EQ(standings[0].submitted, 40U);
  EXPECT_EQ(standings[0].cosigned, 40U);
  EXPECT_TRUE(standings[0].problem.empty());
}

TEST(Submitter, LearnsFromTheWitnessWhatItCosignedLast) {
  const SmallLog log("o");
  Memory memory({log.key()});
  const Server server(memory.door());
  Told told;
  {
    ASSERT_EQ(memory.cosigner->add_checkpoint(log.request(0, 7)).status, 200);
  }
  const auto submitter = open(told, {memory.at(server.url())});
  ASSERT_TRUE(submitter->submit(log.note(20), prove(log, 20)).ok());
  EXPECT_TRUE(told.cosigned_at(20));
  EXPECT_TRUE(told.problems.empty());
}

TEST(Submitter, ServesSeveralLogsAndWitnesses) {
  const SmallLog a("a");
  const SmallLog b("b");
  Memory first({a.key(), b.key()}, "first");
  Memory second({a.key(), b.key()}, "second");
  const Server one(first.door());
  const Server two(second.door());
  Told told;
  const auto submitter = open(told, {first.at(one.url()), second.at(two.url())});
  ASSERT_TRUE(submitter->submit(a.note(5), prove(a, 5)).ok());
  ASSERT_TRUE(submitter->submit(b.note(6), prove(b, 6)).ok());
  EXPECT_TRUE(told.wait([&] { return told.cosignatures.size() == 4; }));
  EXPECT_EQ(submitter->standings().size(), 4U);
}

TEST(Submitter, HoldsNobodyUpForAWitnessThatIsGoneAndAsksItAgain) {
  const SmallLog log("o");
  Memory here({log.key()}, "here");
  Memory gone({log.key()}, "gone");
  const Server server(here.door());
  uint16_t port = 0;
  {
    port = Server(gone.door()).port();
  }
  Told told;
  const auto submitter =
      open(told, {gone.at("http://127.0.0.1:" + std::to_string(port)), here.at(server.url())});
  ASSERT_TRUE(submitter->submit(log.note(5), prove(log, 5)).ok());
  ASSERT_TRUE(told.cosigned_at(5));
  ASSERT_TRUE(told.problem_of(Code::Unavailable));
  ASSERT_TRUE(submitter->submit(log.note(9), prove(log, 9)).ok());
  ASSERT_TRUE(told.cosigned_at(9));
  const Server back(gone.door(), port);
  ASSERT_TRUE(told.wait([&] { return told.cosignatures.back().witness == "gone"; }));
  EXPECT_EQ(told.cosignatures.back().checkpoint.size, 9U) << "the newest, not what it missed";
  EXPECT_EQ(told.problems.size(), 1U) << "told once, not at each attempt";
  EXPECT_TRUE(submitter->standings()[0].problem.empty());
}

TEST(Submitter, TellsAForkAndALogThatWasCut) {
  const SmallLog log("o");
  const SmallLog fork = log.forked_at(4);
  Memory memory({log.key()});
  const Server server(memory.door());
  ASSERT_EQ(memory.cosigner->add_checkpoint(log.request(0, 9)).status, 200);
  for (const size_t size : std::array<size_t, 3>{9, 20, 5}) {
    Told told;
    const auto submitter = open(told, {memory.at(server.url())});
    ASSERT_TRUE(submitter->submit(fork.note(size), prove(fork, size)).ok());
    EXPECT_TRUE(told.problem_of(Code::Conflict)) << size;
    EXPECT_TRUE(told.cosignatures.empty());
    EXPECT_TRUE(submitter->standings()[0].conflict);
  }
  Told told;
  const auto submitter = open(told, {memory.at(server.url())});
  ASSERT_TRUE(submitter->submit(log.note(6), prove(log, 6)).ok());
  EXPECT_TRUE(told.problem_of(Code::Conflict)) << "older than what was cosigned";
  ASSERT_TRUE(submitter->submit(log.note(10), prove(log, 10)).ok());
  EXPECT_TRUE(told.cosigned_at(10)) << "the log goes on";
  EXPECT_FALSE(submitter->standings()[0].conflict);
}

TEST(Submitter, TellsWhyAWitnessRefuses) {
  const SmallLog log("o");
  const SmallLog impostor("o");
  const SmallLog stranger("p");
  Memory memory({log.key()});
  const Server server(memory.door());
  Told told;
  const auto submitter = open(told, {memory.at(server.url())});
  ASSERT_TRUE(submitter->submit(impostor.note(5), prove(impostor, 5)).ok());
  EXPECT_TRUE(told.problem_of(Code::Denied));
  ASSERT_TRUE(submitter->submit(stranger.note(5), prove(stranger, 5)).ok());
  EXPECT_TRUE(told.problem_of(Code::NotFound));
}

TEST(Submitter, TakesNothingForACosignatureThatIsNone) {
  const SmallLog log("o");
  const auto own = tlog::new_signer("w", tlog::SignatureType::CosignatureV1);
  const auto other = tlog::new_signer("w", tlog::SignatureType::CosignatureV1);
  const auto line = [&](const tlog::SignerKey& key, size_t size) {
    return tlog::signature_line(*tlog::cosign(log.note(size).text, 1'700'000'000, key));
  };
  for (const std::string& body :
       {std::string(), std::string("200 OK\n"), line(other, 5), line(own, 4),
        tlog::signature_line(log.note(5).signatures[0]), line(own, 5) + "x"}) {
    const Server server(parrot(200, body));
    Told told;
    const auto submitter = open(told, {{.url = server.url(), .key = own.verifier()}});
    ASSERT_TRUE(submitter->submit(log.note(5), prove(log, 5)).ok());
    EXPECT_TRUE(told.problem_of(Code::Unauthenticated)) << body;
    EXPECT_TRUE(told.cosignatures.empty());
  }
  const Server server(parrot(200, line(other, 5) + line(own, 5)));
  Told told;
  const auto submitter = open(told, {{.url = server.url(), .key = own.verifier()}});
  ASSERT_TRUE(submitter->submit(log.note(5), prove(log, 5)).ok());
  EXPECT_TRUE(told.cosigned_at(5)) << "lines of other keys are ignored";
}

TEST(Submitter, OutlastsServersThatLie) {
  const SmallLog log("o");
  const auto own = tlog::new_signer("w", tlog::SignatureType::CosignatureV1);
  struct Case {
    int status;
    std::string body;
    Code code;
  };
  for (const Case& each : {Case{409, "3\n", Code::Unavailable}, Case{409, "999\n", Code::Conflict},
                           Case{409, "fork\n", Code::Conflict}, Case{409, "", Code::Conflict},
                           Case{302, "", Code::Unavailable}, Case{500, "", Code::Unavailable},
                           Case{429, "", Code::Unavailable}, Case{400, "", Code::Invalid},
                           Case{200, std::string(100'000, 'x'), Code::Unavailable}}) {
    const Server server(parrot(each.status, each.body));
    Told told;
    const auto submitter = open(told, {{.url = server.url(), .key = own.verifier()}});
    ASSERT_TRUE(submitter->submit(log.note(5), prove(log, 5)).ok());
    EXPECT_TRUE(told.problem_of(each.code)) << each.status << " " << each.body.substr(0, 9);
    EXPECT_TRUE(told.cosignatures.empty());
  }
}

TEST(Submitter, TellsWhenNoProofCanBeMade) {
  const SmallLog log("o");
  Memory memory({log.key()});
  const Server server(memory.door());
  ASSERT_EQ(memory.cosigner->add_checkpoint(log.request(0, 7)).status, 200);
  Told told;
  const auto submitter = open(told, {memory.at(server.url())});
  ASSERT_TRUE(submitter
                  ->submit(log.note(9),
                           [](uint64_t) -> base::Result<tlog::Proof> {
                             return base::make_error(Code::Corrupt, "a tile is damaged");
                           })
                  .ok());
  EXPECT_TRUE(told.problem_of(Code::Corrupt));
}

TEST(Submitter, RefusesWhatItCannotServe) {
  Told told;
  const SmallLog log("o");
  const auto key = tlog::new_signer("w", tlog::SignatureType::CosignatureV1).verifier();
  EXPECT_FALSE(
      Submitter::open(system_clock(), settings({{.url = "ftp://w", .key = key}}), told.handlers())
          .ok());
  EXPECT_FALSE(Submitter::open(system_clock(), settings({{.url = "https://w", .key = log.key()}}),
                               told.handlers())
                   .ok());
  const auto submitter = open(told, {});
  EXPECT_FALSE(submitter->submit({.text = "no checkpoint\n", .signatures = {}}, {}).ok());
  EXPECT_TRUE(submitter->submit(log.note(5), prove(log, 5)).ok()) << "without witnesses: nothing";
}

}  // namespace
}  // namespace srasta::witness
