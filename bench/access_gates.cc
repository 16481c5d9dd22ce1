// Question: what does each gate between a request's head and its body cost, beside one SHA-256 of
// the same 2 KiB token? Everything runs on one loop, inside one request of a real connection, so
// that the gate's memo is the connection's own. Prints a Markdown table. No arguments.
#include "access/budget.h"
#include "access/decision.h"
#include "access/rate_limits.h"
#include "access_samples.h"
#include "gateway/caller_limits.h"
#include "gateway/identity_gate.h"
#include "identity/api_key.h"
#include "net/http_server.h"
#include "repeats.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace {

namespace access = srasta::access;
namespace base = srasta::base;
namespace gateway = srasta::gateway;
namespace identity = srasta::identity;
namespace net = srasta::net;
using bench::keep;
using bench::Subject;

constexpr size_t kRounds = 101;
constexpr double kBatchNs = 5e6;
constexpr size_t kKeys = 1'000'000;
constexpr size_t kKeyTexts = 4'096;
constexpr uint8_t kInference = static_cast<uint8_t>(srasta::service::LimitsClass::Inference);

void require(bool condition, std::string_view what) {
  if (condition) return;
  fmt::print(stderr, "access_gates: {}\n", what);
  std::exit(1);
}

/// Two rules that never refuse while the bench runs.
access::RateLimits two_rules() {
  const access::GcraRate rate{.burst = UINT32_MAX, .every = base::Micros(1)};
  access::RateLimits::Settings settings;
  for (const auto per : {access::LimitPer::Principal, access::LimitPer::Tenant}) {
    settings.rules.push_back({.name = std::string(to_string(per)),
                              .per = per,
                              .scope = {},
                              .route_class = kInference,
                              .rate = rate});
  }
  return access::RateLimits(std::move(settings));
}

/// Plays the store: a wanted lease is durable at once. It is wanted once in 1 % of the budget.
access::BudgetBook::Reservation reserve(access::BudgetBook& book,
                                        const access::LimitSubject& subject, base::WallTime now) {
  while (true) {
    auto outcome = book.reserve(subject, 300, 700, now);
    if (auto* const made = std::get_if<access::BudgetBook::Reservation>(&outcome)) {
      return std::move(*made);
    }
    const auto* const wanted = std::get_if<access::BudgetLeaseWanted>(&outcome);
    require(wanted != nullptr, "the budget was refused");
    book.lease_written(wanted->rows);
  }
}

/// The epoch that says that the snapshot at hand is in force, as the gateway shares it.
std::unique_ptr<base::SharedWord> make_epoch() {
  std::string folder = (std::filesystem::temp_directory_path() / "srasta-bench-XXXXXX").string();
  require(mkdtemp(folder.data()) != nullptr, "no scratch folder");
  auto word = base::SharedWord::create(folder + "/epoch");
  std::filesystem::remove_all(folder);
  require(word.ok(), "no shared word");
  return *std::move(word);
}

/// Keys of commitments, of which the tokens measured here need none.
std::unique_ptr<srasta::erasure::SaltStore> make_salts(base::Entropy& entropy) {
  std::string folder = (std::filesystem::temp_directory_path() / "srasta-bench-XXXXXX").string();
  require(mkdtemp(folder.data()) != nullptr, "no scratch folder");
  auto salts = srasta::erasure::SaltStore::open(folder, entropy);
  std::filesystem::remove_all(folder);
  require(salts.ok(), "no salts");
  return *std::move(salts);
}

class Bench {
 public:
  explicit Bench(const bench::Sample& sample)
      : sample_(sample),
        authorization_("Bearer " + sample.token),
        authorization_view_(authorization_),
        keys_(bench::make_keys(kKeys, kKeyTexts, now_)),
        gate_({.clock = clock_,
               .sources = sources_,
               .ask_refresh = [](const std::string&, const auto&) {},
               .access_epoch = *epoch_,
               .ask_access = [] {},
               .commitments = commitments_,
               .url = url_}) {
    gate_.replace(sample.snapshot);
    const auto first = authenticate();
    require(first.has_value(), "the token was refused");
    caller_ = first->caller;
  }

  /// `request` belongs to the connection whose memo is measured.
  std::vector<Subject> subjects(srasta::service::Request& request) {
    handle_.emplace(limits_.handle(gateway::subject_of(*caller_, {}), kInference));
    mono_ = clock_.mono();
    return {
        {"SHA-256 of the token", each([this] { keep(srasta::crypto::sha256(sample_.token)); })},
        {"identity, same bytes on the same connection (`CoreIdentityGate::identify`)",
         [this, &request](uint64_t times) { identify(request, times); }, 100},
        {"... of which the clock (`Clock::wall`)", each([this] { keep(clock_.wall()); })},
        {"identity, another connection (`Authenticator`, cache hit)",
         each([this] { require(authenticate().has_value(), "refused"); }), 2'000},
        {"... of which slot and characters of the token (`find_credential`)", each([this] {
           require(
               identity::find_credential({.authorization = {&authorization_view_, 1}}).has_value(),
               "refused");
         })},
        {"permission and model", each([this] { decide(*caller_); })},
        {"rate limits of 2 rules: handle and admit", each([this] { limit(*caller_); })},
        {"rate limits of 2 rules: admit alone",
         each([this] { require(handle_->admit(mono_).admitted, "limited"); })},
        {"API key among 1,000,000 (`check_api_key`, another key each time)",
         each([this] { check_key(); })},
        {"API key to caller (`Authenticator`, the same keys)", each([this] { admit_key(); })},
        {"admission with 2 personas", each([this] { admit_anew(); })},
        {"budget of 1 rule: reserve and settle", each([this] { spend(); })},
        {"identity (cache hit), permission, model, limits", each([this] { pass_all(); }), 3'000},
    };
  }

 private:
  static std::function<void(uint64_t)> each(auto once) {
    return [once](uint64_t times) {
      for (uint64_t i = 0; i < times; ++i) once();
    };
  }

  std::expected<identity::Authenticated, identity::Refusal> authenticate() {
    return authenticator_.authenticate({.authorization = {&authorization_view_, 1}},
                                       *sample_.snapshot, now_);
  }

  /// A hit never waits, so the task is over when `spawn` returns.
  void identify(srasta::service::Request& request, uint64_t times) {
    bool done = false;
    net::spawn([](gateway::CoreIdentityGate& gate, srasta::service::Request& the_request,
                  uint64_t count, bool& finished) -> net::Task<void> {
      for (uint64_t i = 0; i < count; ++i) {
        const auto identified = co_await gate.identify(the_request);
        require(identified.caller != nullptr, "not identified");
      }
      finished = true;
    }(gate_, request, times, done));
    require(done, "a hit had to wait");
  }

  static void decide(const access::Caller& caller) {
    const auto decision = access::decide(caller, access::Permission::InferenceInvoke);
    require(decision.allowed() && caller.models().allows("qwen3-coder"), "denied");
  }

  void limit(const access::Caller& caller) {
    auto handle = limits_.handle(gateway::subject_of(caller, {}), kInference);
    require(handle.admit(mono_).admitted, "limited");
  }

  const std::string& next_key() { return keys_.texts[next_key_++ * 1'103 % keys_.texts.size()]; }

  void check_key() {
    require(identity::check_api_key(next_key(), *keys_.snapshot, "192.0.2.9", now_).has_value(),
            "the key was refused");
  }

  void admit_key() {
    const std::string_view text = next_key();
    identity::IdentitySnapshot& snapshot = of_keys_;
    if (!snapshot.access) snapshot.access = keys_.snapshot;
    const auto result = key_authenticator_.authenticate(
        {.x_api_key = {&text, 1}, .client = "192.0.2.9"}, snapshot, now_);
    require(result.has_value(), "the key was refused");
  }

  void admit_anew() {
    const auto admitted = access::Admission::admit(caller_->claimed(), *sample_.snapshot->access);
    require(admitted.has_value() && (*admitted)->personas().size() == 2, "not admitted");
  }

  void spend() {
    auto reservation = reserve(book_, gateway::subject_of(*caller_, "general"), now_);
    keep(reservation.settle(500));
  }

  void pass_all() {
    const auto known = authenticate();
    require(known.has_value(), "refused");
    decide(*known->caller);
    limit(*known->caller);
  }

  const base::SystemClock clock_;
  const base::WallTime now_ = clock_.wall();
  base::MonoTime mono_{};
  const bench::Sample& sample_;
  const std::string url_ = "http://127.0.0.1:8484";
  const std::string authorization_;
  const std::string_view authorization_view_;
  const bench::Keys keys_;
  size_t next_key_ = 0;
  const std::unique_ptr<base::SharedWord> epoch_ = make_epoch();
  access::SourceLimits sources_;
  base::SystemEntropy entropy_;
  base::Log log_{clock_, STDERR_FILENO, "bench", base::Level::Error};
  gateway::CommitmentKeeper commitments_{log_, make_salts(entropy_)};
  gateway::CoreIdentityGate gate_;
  identity::Authenticator authenticator_;
  identity::Authenticator key_authenticator_;
  identity::IdentitySnapshot of_keys_;
  const access::RateLimits limits_ = two_rules();
  std::optional<access::RateHandle> handle_;
  access::BudgetBook book_{{{.name = "day",
                             .per = access::LimitPer::Principal,
                             .scope = {},
                             .period = access::BudgetPeriod::Day,
                             .tokens = uint64_t{1} << 60}}};
  std::shared_ptr<const access::Caller> caller_;
};

void print(const std::vector<Subject>& subjects, const std::vector<bench::Measured>& measured) {
  fmt::print("| part | ns | range of the rounds | of one SHA-256 | bar |\n|---|---|---|---|---|\n");
  for (size_t i = 0; i < subjects.size(); ++i) {
    const bench::Measured& one = measured[i];
    std::string bar = "-";
    if (const auto& most = subjects[i].bar_ns) {
      bar = fmt::format("<= {:.0f}{}", *most, one.ns <= *most ? "" : ", missed");
    }
    fmt::print("| {} | {:.0f} | {:.0f} to {:.0f} | {:.2f} | {} |\n", subjects[i].name, one.ns,
               one.fastest, one.slowest, one.ratio, bar);
  }
}

/// Measures inside the first request that it gets.
class InOneRequest final : public net::Application {
 public:
  InOneRequest(Bench& bench, net::Loop& loop) : bench_(bench), loop_(loop) {}

  net::Task<void> serve(net::Exchange& exchange) override {
    srasta::service::Request request{.exchange = exchange, .client = exchange.peer()};
    const auto subjects = bench_.subjects(request);
    print(subjects, bench::measure(subjects, kRounds, kBatchNs));
    exchange.close_after();
    (void)co_await exchange.respond(200, "", "");
  }
  void left(const std::string&) override { loop_.stop(); }
  net::Task<void> refuse(net::Exchange&, net::Refusal) override {
    require(false, "the request was refused");
    co_return;
  }

 private:
  Bench& bench_;
  net::Loop& loop_;
};

/// What the kernel keeps until the server accepts: one connection with one request.
int send_request(uint16_t port, const std::string& token) {
  const std::string request = fmt::format(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n"
      "Accept: application/json\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n"
      "Content-Length: 0\r\n\r\n",
      token);
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* const generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  require(connect(descriptor, generic, sizeof address) == 0, "cannot connect");
  require(
      send(descriptor, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()),
      "cannot send");
  return descriptor;
}

}  // namespace

int main() {
  const base::SystemClock clock;
  const bench::Sample sample = bench::make_sample(clock.wall());
  Bench bench(sample);
  net::Loop loop(clock);
  InOneRequest application(bench, loop);
  net::HttpServer server(loop, {}, application, nullptr);
  const auto endpoint = server.listen(*net::parse_endpoint("127.0.0.1:0"), false);
  require(endpoint.ok(), "cannot listen");
  const int client = send_request(static_cast<uint16_t>(endpoint->port), sample.token);
  loop.run();
  close(client);
  return 0;
}
