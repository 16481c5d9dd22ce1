// The sending and the receiving side of signed internal identity against each other: the real
// client, server, pipeline and ledger over a Unix socket, on one loop.
#include "audit/ledger.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "net/socket.h"
#include "service/forwarded_gate.h"
#include "service/forwarding_client.h"
#include "service/open_gates.h"
#include "service/pipeline.h"
#include "testing/faulty_files.h"

#include <fcntl.h>
#include <functional>
#include <optional>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::service {
namespace {

using access::Permission;
using net::Task;

constexpr std::string_view kJson = "application/json";
constexpr size_t kBound = size_t{16} << 20;

consteval RouteSpec route_of(Method method, std::string_view path, BodyMode body) {
  return RouteSpec(method, path, Access::requires_permission(Permission::RagRead),
                   {audit::Act::InferenceList, audit::Durability::Should}, LimitsClass::Control,
                   body, TimeoutClass::Quick, LicenseColumn::Always, dialects::Dialect::Problem,
                   "Of this test");
}
constexpr RouteSpec kPut = route_of(Method::Post, "/v1/files", BodyMode::Json);
constexpr RouteSpec kGet = route_of(Method::Get, "/v1/files", BodyMode::None);
constexpr RouteSpec kHang = route_of(Method::Get, "/v1/hang", BodyMode::None);

identity::ForwardingKey key(const std::string& id) {
  return {.id = id, .secret = base::Secret(base::to_hex(crypto::bytes_of(crypto::sha256(id))))};
}

std::vector<identity::ForwardingPeer> peers() {
  std::vector<identity::ForwardingPeer> all;
  all.push_back({"gateway", key("k2"), key("k1")});
  all.push_back({"tools", key("t1"), std::nullopt});
  return all;
}

/// What reached a handler.
struct Served {
  std::string body;
  std::string subject;
  std::string principal;
  access::PermissionSet permissions;
  std::vector<std::string> personas;
  access::CallerKind kind = access::CallerKind::User;
  std::string key_id;
  std::string trace_parent;
};

/// A service "memory" on its socket.
class Memory {
 public:
  explicit Memory(net::Loop& loop)
      : path_("/tmp/srasta-forwarding-test-" + std::to_string(::getpid()) + ".sock"),
        ledger_(*audit::Ledger::open(files_, clock_, entropy_,
                                     {.folder = "/data/audit",
                                      .stream = "memory",
                                      .service = "memory",
                                      .release = "1",
                                      .install_id = "test",
                                      .reserve_bytes = 4096})),
        log_(clock_, ::open("/dev/null", O_WRONLY | O_CLOEXEC), "memory"),
        journal_(*ledger_, clock_),
        ids_(clock_, entropy_),
        gate_("memory", ForwardedGate::Serves::Everybody, peers(), clock_),
        pipeline_({.clock = clock_,
                   .routes = routes_,
                   .sources = sources_,
                   .identity = gate_,
                   .limits = limits_,
                   .bodies = bodies_,
                   .journal = journal_,
                   .ids = ids_,
                   .log = log_,
                   .metrics = metrics_,
                   .accept_failures = accept_failures_,
                   .resource_metadata = resource_metadata_},
                  {.json_body = kBound, .is_edge = false}),
        server_(loop, {}, pipeline_, nullptr) {
    const auto keep = [this](Request& request, const access::Caller& caller) {
      return serve(request, caller);
    };
    routes_.add(kPut, keep);
    routes_.add(kGet, keep);
    routes_.add(kHang, [](Request& request, const access::Caller&) -> Task<void> {
      (void)co_await net::Sleep(request.exchange.scope(), base::Seconds(30));
    });
    EXPECT_TRUE(server_.listen(*net::unix_endpoint(path_), false).ok());
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] net::HttpServer& server() { return server_; }
  [[nodiscard]] const std::vector<Served>& served() const { return served_; }
  [[nodiscard]] const audit::Ledger& ledger() const { return *ledger_; }

  /// How many refusals of signed identity were recorded with `reason`.
  [[nodiscard]] size_t refusals(std::string_view reason) {
    journal_.record_floods(base::MonoTime::max());
    EXPECT_TRUE(ledger_->flush(base::Seconds(5)).ok());
    const std::string wanted = "\"reason\":\"" + std::string(reason) + "\"";
    size_t found = 0;
    for (const auto& [path, content] : files_.contents()) {
      if (!path.ends_with(".jsonl")) continue;
      for (size_t at = content.find(wanted); at != std::string::npos;
           at = content.find(wanted, at + 1)) {
        ++found;
      }
    }
    return found;
  }

 private:
  Task<void> serve(Request& request, const access::Caller& caller) {
    const auto trace = request.exchange.head().fields.find("traceparent");
    served_.push_back({.body = request.body,
                       .subject = caller.subject(),
                       .principal = caller.principal().str(),
                       .permissions = caller.permissions(),
                       .personas = caller.personas(),
                       .kind = caller.kind(),
                       .key_id = caller.key_id(),
                       .trace_parent = std::string(trace.value_or(""))});
    const std::string fields = request.common_fields() +
                               "X-Srasta-Principal: forged\r\nX_Srasta_Body: forged\r\n"
                               "X-Srasta-Audit: memory:1:00\r\nX-Kept: yes\r\n";
    (void)co_await request.exchange.respond(200, fields, "done");
  }

  const std::string path_;
  const base::SystemClock clock_;
  base::SystemEntropy entropy_;
  testing::FaultyFiles files_;
  std::unique_ptr<audit::Ledger> ledger_;
  base::Log log_;
  Journal journal_;
  base::UlidSource ids_;
  PipelineMetrics metrics_;
  OpenSourceGate sources_;
  OpenLimitGate limits_;
  const std::string resource_metadata_;
  ForwardedGate gate_;
  net::BodyBudget bodies_{size_t{64} << 20};
  Throttle accept_failures_{base::Seconds(60)};
  RouteTable routes_;
  Pipeline pipeline_;
  net::HttpServer server_;
  std::vector<Served> served_;
};

/// `count` equal pieces, then the end or an error.
class Pieces final : public BodySource {
 public:
  Pieces(std::string piece, size_t count, bool breaks = false)
      : piece_(std::move(piece)), left_(count), breaks_(breaks) {}

  Task<base::Result<std::string_view>> next() override {
    if (left_ == 0 && breaks_) co_return base::make_error(base::Code::Io, "the source broke");
    co_return left_ == 0 ? std::string_view() : (--left_, std::string_view(piece_));
  }

 private:
  const std::string piece_;
  size_t left_;
  const bool breaks_;
};

enum class Framing : uint8_t { Length, Chunked };

/// A request as bytes, so that what is signed and what is sent can differ.
struct Wire {
  std::string signed_body = R"({"q":1})";
  std::string sent_body = R"({"q":1})";
  Framing framing = Framing::Length;
  bool streamed = false;
  std::string method = "POST";
  std::string key_id = "k2";
  size_t chunks = 1;
  std::string trailers = {};     ///< besides the MAC
  bool with_mac = true;          ///< when streamed
  std::optional<size_t> cut_at;  ///< bytes of the body as framed, after which the sender closes
};

class ForwardingLoopback : public ::testing::Test {
 protected:
  /// What a sender says in the millisecond of the receiver's start could be from before it.
  ForwardingLoopback() {
    const base::WallTime later = clock_.wall() + base::Millis(1);
    while (clock_.wall() <= later) {
    }
  }

  /// Runs `work` to its end on the loop.
  void run(const std::function<Task<void>()>& work) {
    net::spawn([](ForwardingLoopback& self, std::function<Task<void>()> inner) -> Task<void> {
      co_await inner();
      self.client_.reset();
      self.memory_.server().drain();
      self.memory_.server().cut_off();
      net::Scope pause(self.loop_);
      while (self.memory_.server().connections() > 0) {
        (void)co_await net::Sleep(pause, base::Millis(1));
      }
      self.loop_.stop();
    }(*this, work));
    loop_.run();
  }

  void use_key(const std::string& id) { client_ = make_client(key(id)); }

  std::unique_ptr<ForwardingClient> make_client(identity::ForwardingKey with) {
    std::vector<ForwardingClient::Callee> callees;
    callees.push_back({"memory", memory_.path(), std::move(with)});
    callees.push_back({"tools", "/tmp/srasta-nobody-listens.sock", key("x1")});
    return std::make_unique<ForwardingClient>(
        ForwardingClient::Parts{
            .loop = loop_,
            .blocking = blocking_,
            .clock = clock_,
            .service = "gateway",
            .roles = {base::RoleName("developer")},
            .nonces = identity::NonceSource(base::to_hex(base::random_bytes(entropy_, 16)), 0),
            .audit_head = [this] { return own_head(); }},
        std::move(callees));
  }

  /// There is one ledger here; a sender shows its own.
  std::string own_head() {
    const std::string head = audit_head_of(memory_.ledger());
    return "gateway" + head.substr(head.find(':'));
  }

  static ForwardedAsk ask_of(std::string method) {
    ForwardedAsk ask;
    ask.method = std::move(method);
    ask.target = "/v1/files?a=b";
    ask.content_type = kJson;
    ask.request_id = "01J0000000000000000000000";
    return ask;
  }

  ForwardingClient::Outcome post(std::string body) {
    std::optional<ForwardingClient::Outcome> outcome;
    run([&, body = std::move(body)]() mutable -> Task<void> {
      net::Scope scope(loop_);
      outcome = co_await client_->ask("memory", ask_of("POST"), std::move(body), scope);
    });
    return *std::move(outcome);
  }

  ForwardingClient::Outcome post_streaming(BodySource& source) {
    std::optional<ForwardingClient::Outcome> outcome;
    run([&]() -> Task<void> {
      net::Scope scope(loop_);
      outcome = co_await client_->ask_streaming("memory", ask_of("POST"), source, scope);
    });
    return *std::move(outcome);
  }

  identity::SignedHead sign(const Wire& wire) {
    identity::ForwardedHead head{
        .caller = "gateway",
        .callee = "memory",
        .method = wire.method,
        .target = "/v1/files",
        .content_type = std::string(kJson),
        .content_length = {},
        .principal = identity::encode_principal(
            {"svc:gateway", base::TenantId("platform"), {base::RoleName("developer")}}),
        .request_id = "01J0000000000000000000000",
        .timestamp_ms =
            std::chrono::duration_cast<base::Millis>(clock_.wall().time_since_epoch()).count(),
        .nonce = nonces_.next(),
        .audit_head = "-",
        .body_mode = wire.streamed ? "stream" : identity::body_mode_of(wire.signed_body),
        .key_id = wire.key_id};
    if (wire.framing == Framing::Length) head.content_length = wire.sent_body.size();
    std::string signature = identity::sign_forwarded(head, key(wire.key_id));
    return {std::move(head), std::move(signature)};
  }

  static std::string framed(const Wire& wire, std::string_view signature) {
    if (wire.framing == Framing::Length) return wire.sent_body;
    std::string text;
    const size_t piece = std::max<size_t>(1, wire.sent_body.size() / wire.chunks);
    for (size_t at = 0; at < wire.sent_body.size(); at += piece) {
      const std::string chunk = wire.sent_body.substr(at, piece);
      std::array<char, 18> size;
      text.append(size.data(), http::write_chunk_size(chunk.size(), size.data()));
      text += chunk + "\r\n";
    }
    text += "0\r\n" + wire.trailers;
    if (wire.streamed && wire.with_mac) {
      text += "X-Srasta-Body-Mac: " +
              identity::body_mac(signature, wire.signed_body.size(),
                                 crypto::sha256(wire.signed_body), key(wire.key_id)) +
              "\r\n";
    }
    return text + "\r\n";
  }

  std::string request_of(const Wire& wire) {
    const identity::SignedHead made = sign(wire);
    std::string text =
        wire.method + " /v1/files HTTP/1.1\r\nHost: memory\r\nContent-Type: " + std::string(kJson) +
        "\r\n";
    text += wire.framing == Framing::Length
                ? "Content-Length: " + std::to_string(wire.sent_body.size()) + "\r\n"
                : "Transfer-Encoding: chunked\r\n";
    for (const auto& [name, value] : identity::forwarded_fields(made.head, made.signature)) {
      text.append(name).append(": ").append(value).append("\r\n");
    }
    text += "\r\n";
    const std::string body = framed(wire, made.signature);
    return text + body.substr(0, wire.cut_at.value_or(body.size()));
  }

  /// Sends `text`, says goodbye, and gives the whole answer back.
  Task<std::string> exchange(std::string text) {
    net::Scope scope(loop_, loop_.now() + base::Seconds(20));
    auto stream =
        co_await net::connect_socket(*net::unix_endpoint(memory_.path()), scope, base::Seconds(1));
    const std::string_view part = text;
    (void)co_await net::write_all(**stream, std::span(&part, 1), scope, base::Seconds(5));
    (*stream)->shutdown_write();
    std::string answer;
    while (true) {
      const net::Io io =
          co_await net::read_some(**stream, loop_.scratch(), scope, scope.deadline());
      if (io.state != net::IoState::Done) co_return answer;
      answer.append(loop_.scratch().data(), io.size);
    }
  }

  std::vector<std::string> answers(const std::vector<Wire>& wires) {
    std::vector<std::string> all;
    run([&]() -> Task<void> {
      for (const Wire& wire : wires) {
        std::string text = request_of(wire);
        std::string answer = co_await exchange(std::move(text));
        all.push_back(std::move(answer));
      }
    });
    return all;
  }

  void expect_refused(const std::vector<Wire>& wires) {
    for (const std::string& answer : answers(wires)) {
      EXPECT_TRUE(answer.starts_with("HTTP/1.1 401")) << answer;
      EXPECT_NE(answer.find("x-srasta-error: fwd_invalid"), std::string::npos) << answer;
    }
    EXPECT_TRUE(memory_.served().empty());
    EXPECT_EQ(memory_.refusals("body_hash"), wires.size());
  }

  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  net::Loop loop_{clock_};
  net::BlockingPool blocking_{0};
  Memory memory_{loop_};
  identity::NonceSource nonces_{"0123456789abcdef", 7};
  std::unique_ptr<ForwardingClient> client_ = make_client(key("k2"));
};

TEST_F(ForwardingLoopback, CarriesAHeldBody) {
  const auto answer = post(R"({"q":1})");

  ASSERT_TRUE(answer.ok()) << answer.error().message << answer.error().detail;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "done");
  ASSERT_EQ(memory_.served().size(), 1U);
  EXPECT_EQ(memory_.served()[0].body, R"({"q":1})");
  EXPECT_EQ(memory_.served()[0].subject, "svc:gateway");
}

/// A connection that is kept and never taken again would use up the places of the other side.
TEST_F(ForwardingLoopback, KeepsNoConnectionThatCannotBeUsedAgain) {
  size_t open = 0;
  run([&]() -> Task<void> {
    net::Scope scope(loop_);
    for (int i = 0; i < 20; ++i) {
      const auto answer = co_await client_->ask("memory", ask_of("POST"), "{}", scope);
      EXPECT_TRUE(answer.ok());
    }
    (void)co_await net::Sleep(scope, base::Millis(50));
    open = memory_.server().connections();
  });
  EXPECT_EQ(open, 0U);
}

TEST_F(ForwardingLoopback, CarriesAStreamedBodyOfTenMebibytesInAThousandChunks) {
  Pieces pieces(std::string(10486, 'x'), 1000);

  const auto answer = post_streaming(pieces);

  ASSERT_TRUE(answer.ok()) << answer.error().message << answer.error().detail;
  ASSERT_EQ(memory_.served().size(), 1U);
  EXPECT_EQ(memory_.served()[0].body, std::string(10'486'000, 'x'));
}

// OK-FW-06
TEST_F(ForwardingLoopback, TakesAHashedBodyOfTenMebibytesInAThousandChunks) {
  const std::string body(size_t{10} << 20, 'y');
  const auto all = answers(
      {Wire{.signed_body = body, .sent_body = body, .framing = Framing::Chunked, .chunks = 1000}});

  EXPECT_TRUE(all[0].starts_with("HTTP/1.1 200")) << all[0];
  ASSERT_EQ(memory_.served().size(), 1U);
  EXPECT_EQ(memory_.served()[0].body, body);
}

TEST_F(ForwardingLoopback, CarriesBodiesWithoutBytes) {
  Pieces nothing("", 0);
  run([&]() -> Task<void> {
    net::Scope scope(loop_);
    const auto held = co_await client_->ask("memory", ask_of("POST"), "", scope);
    EXPECT_TRUE(held.ok());
    const auto streamed = co_await client_->ask_streaming("memory", ask_of("POST"), nothing, scope);
    EXPECT_TRUE(streamed.ok());
    const auto none = co_await client_->ask("memory", ask_of("GET"), "", scope);
    EXPECT_TRUE(none.ok());
  });
  EXPECT_EQ(memory_.served().size(), 3U);
}

// FW-28
TEST_F(ForwardingLoopback, RefusesAHashedBodyThatIsAnother) {
  expect_refused({Wire{.sent_body = R"({"q":3})"}, Wire{.sent_body = R"(replacd)"},
                  Wire{.cut_at = 6}, Wire{.sent_body = R"({"q":1})", .cut_at = 0}});
}

// FW-28
TEST_F(ForwardingLoopback, RefusesAHashedBodyInChunksThatIsAnother) {
  const auto chunked = [](std::string body, std::optional<size_t> cut = std::nullopt) {
    return Wire{.sent_body = std::move(body), .framing = Framing::Chunked, .cut_at = cut};
  };
  expect_refused({chunked(R"({"q":3})"), chunked(R"({"q":1)"), chunked(R"({"q":1} )"), chunked(""),
                  chunked(R"({"q":1})", 8)});
}

// FW-28
TEST_F(ForwardingLoopback, RefusesAStreamedBodyThatIsAnother) {
  const auto streamed = [](std::string body) {
    return Wire{.sent_body = std::move(body), .framing = Framing::Chunked, .streamed = true};
  };
  std::vector<Wire> wires = {streamed(R"({"q":3})"), streamed(R"({"q":1)"), streamed(R"({"q":1} )"),
                             streamed("")};
  wires.push_back(streamed(R"({"q":1})"));
  wires.back().with_mac = false;
  wires.push_back(streamed(R"({"q":1})"));
  wires.back().trailers = "X-Srasta-Body-Mac: 00\r\n";
  wires.push_back(streamed(R"({"q":1})"));
  wires.back().cut_at = 40;
  // No trailer can follow a body of known length.
  wires.push_back(Wire{.framing = Framing::Length, .streamed = true});
  expect_refused(wires);
}

TEST_F(ForwardingLoopback, ComparesABodyThatItsRouteDoesNotTake) {
  expect_refused({Wire{.sent_body = R"({"q":3})", .method = "GET"}});
}

TEST_F(ForwardingLoopback, JudgesTheHeadBeforeTheBodyArrives) {
  Wire wire{.sent_body = std::string(1000, 'x'), .cut_at = 0};
  std::string text = request_of(wire);
  text.replace(text.find("X-Srasta-Signature: ") + 20, 1, "!");
  std::string answer;
  run([&]() -> Task<void> { answer = co_await exchange(text); });

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401")) << answer;
  EXPECT_EQ(memory_.refusals("signature"), 1U);
}

// FW-04, at an internal door
TEST_F(ForwardingLoopback, TakesNoTrailerForAHeaderField) {
  Wire wire{.framing = Framing::Chunked};
  std::string text = request_of(wire);
  const size_t signature = text.find("X-Srasta-Signature: ");
  const std::string line = text.substr(signature, text.find("\r\n", signature) + 2 - signature);
  text.erase(signature, line.size());
  text.insert(text.size() - 2, line);
  std::string answer;
  run([&]() -> Task<void> { answer = co_await exchange(text); });

  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401")) << answer;
  EXPECT_EQ(memory_.refusals("missing"), 1U);
}

TEST_F(ForwardingLoopback, RefusesABodyBeyondTheBound) {
  const std::string body(kBound + 1, 'x');
  const auto all = answers({Wire{.signed_body = body, .sent_body = body}});

  EXPECT_TRUE(all[0].starts_with("HTTP/1.1 413")) << all[0];
  EXPECT_TRUE(memory_.served().empty());
}

// OK-FW-04, FW-31
TEST_F(ForwardingLoopback, AcceptsTheCurrentAndThePreviousKeyAndNoOlderOne) {
  run([&]() -> Task<void> {
    net::Scope scope(loop_);
    for (const char* id : {"k2", "k1"}) {
      use_key(id);
      const auto answer = co_await client_->ask("memory", ask_of("GET"), "", scope);
      EXPECT_TRUE(answer.ok()) << id;
    }
    use_key("k0");
    const auto refused = co_await client_->ask("memory", ask_of("GET"), "", scope);
    EXPECT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, base::Code::Unavailable);
    EXPECT_EQ(refused.error().detail, "fwd_invalid");
  });
  EXPECT_EQ(memory_.refusals("key_id"), 1U);
}

// FW-32
TEST_F(ForwardingLoopback, RefusesTheKeyOfAnotherPair) {
  identity::ForwardingKey other = key("t1");
  other.id = "k2";
  client_ = make_client(std::move(other));

  const auto answer = post("{}");

  EXPECT_EQ(answer.error().code, base::Code::Unavailable);
  EXPECT_EQ(memory_.refusals("signature"), 1U);
}

TEST_F(ForwardingLoopback, HearsARefusalBeforeItsBodyIsSent) {
  use_key("k0");
  Pieces pieces(std::string(65536, 'x'), 200);

  const auto answer = post_streaming(pieces);

  EXPECT_EQ(answer.error().code, base::Code::Unavailable);
  EXPECT_EQ(answer.error().detail, "fwd_invalid");
}

TEST_F(ForwardingLoopback, LeavesNoWholeBodyWhenItsSourceBreaks) {
  Pieces pieces("abc", 2, true);

  const auto answer = post_streaming(pieces);

  EXPECT_EQ(answer.error().message, "the source broke");
  EXPECT_TRUE(memory_.served().empty());
}

TEST_F(ForwardingLoopback, ActsForACallerWithNothingMore) {
  identity::ForwardedAuthenticator authenticator(peers(), access::RoleTable::built_in(),
                                                 clock_.wall() - base::Seconds(1));
  Wire wire;
  identity::SignedHead made = sign(wire);
  made.head.callee = "gateway";
  made.head.principal =
      identity::encode_principal({.subject = "u-dev",
                                  .tenant = base::TenantId("acme"),
                                  .roles = {base::RoleName("of-our-own")},
                                  .issuer = "https://idp.example",
                                  .permissions = access::PermissionSet{Permission::RagRead},
                                  .personas = {"reader"},
                                  .machine = true,
                                  .key_id = "nipko7krr6g4"});
  const auto owned =
      forwarded_fields(made.head, identity::sign_forwarded(made.head, key(wire.key_id)));
  const std::vector<std::pair<std::string_view, std::string_view>> fields(owned.begin(),
                                                                          owned.end());
  const auto known = authenticator.authenticate(fields,
                                                {.caller = {},
                                                 .callee = "gateway",
                                                 .method = "POST",
                                                 .target = "/v1/files",
                                                 .content_type = std::string(kJson),
                                                 .content_length = wire.sent_body.size()},
                                                clock_.wall());
  ASSERT_TRUE(known.has_value()) << to_string(known.error());
  const access::Caller& caller = *known->caller;
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  run([&]() -> Task<void> {
    net::Scope scope(loop_);
    ForwardedAsk ask = ask_of("GET");
    ask.on_behalf_of = &caller;
    ask.trace_parent = trace;
    const auto answer = co_await client_->ask("memory", ask, "", scope);
    EXPECT_TRUE(answer.ok());
    ask.trace_parent = trace + "\r\nX-Srasta-Principal: forged";
    const auto without = co_await client_->ask("memory", ask, "", scope);
    EXPECT_TRUE(without.ok());
  });

  ASSERT_EQ(memory_.served().size(), 2U);
  const Served& served = memory_.served()[0];
  EXPECT_EQ(served.subject, "u-dev");
  EXPECT_EQ(served.principal, caller.principal().str());
  EXPECT_EQ(served.permissions, access::PermissionSet{Permission::RagRead});
  EXPECT_EQ(served.personas, std::vector<std::string>{"reader"});
  EXPECT_EQ(served.kind, access::CallerKind::Service);
  EXPECT_EQ(served.key_id, "nipko7krr6g4");
  EXPECT_EQ(served.trace_parent, trace);
  EXPECT_EQ(memory_.served()[1].trace_parent, "");
}

TEST_F(ForwardingLoopback, TakesOnlyWhatThePlatformDefinesFromAnAnswer) {
  const auto answer = post("{}");

  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->field("x-kept"), "yes");
  EXPECT_EQ(answer->field("X-Srasta-Audit"), "memory:1:00");
  EXPECT_EQ(answer->field("X-Srasta-Principal"), "");
  EXPECT_EQ(answer->field("X_Srasta_Body"), "");
  EXPECT_EQ(answer->field("Content-Length"), "");
}

TEST_F(ForwardingLoopback, SaysWhyThereIsNoAnswer) {
  run([&]() -> Task<void> {
    net::Scope scope(loop_);
    const auto unknown = co_await client_->ask("scanner", ask_of("GET"), "", scope);
    EXPECT_EQ(unknown.error().code, base::Code::NotFound);
    const auto silent = co_await client_->ask("tools", ask_of("GET"), "", scope);
    EXPECT_EQ(silent.error().code, base::Code::Unavailable);

    ForwardedAsk split = ask_of("GET");
    split.target = "/a HTTP/1.1\r\nX: y";
    const auto invalid = co_await client_->ask("memory", split, "", scope);
    EXPECT_EQ(invalid.error().code, base::Code::Invalid);

    ForwardedAsk small = ask_of("GET");
    small.longest_answer = 3;
    const auto large = co_await client_->ask("memory", small, "", scope);
    EXPECT_EQ(large.error().code, base::Code::TooLarge);

    ForwardedAsk hang = ask_of("GET");
    hang.target = "/v1/hang";
    hang.within = base::Millis(50);
    const auto late = co_await client_->ask("memory", hang, "", scope);
    EXPECT_EQ(late.error().code, base::Code::Timeout);
  });
}

TEST_F(ForwardingLoopback, ShowsTheHeadOfItsLedger) {
  const std::string head = audit_head_of(memory_.ledger());
  EXPECT_TRUE(head.starts_with("memory:1:")) << head;
  EXPECT_EQ(head.size(), std::string_view("memory:1:").size() + 64);
}

}  // namespace
}  // namespace srasta::service
