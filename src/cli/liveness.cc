#include "cli/liveness.h"

#include "base/encoding.h"
#include "base/entropy.h"
#include "base/ulid.h"
#include "identity/forwarded_principal.h"
#include "net/http_client.h"

#include <thread>

namespace srasta::cli {
namespace {

constexpr size_t kMostBytes = 64 * 1024;
constexpr size_t kBootIdBytes = 16;
constexpr std::string_view kPath = "/internal/health";

}  // namespace

struct Liveness::Work {
  Work(Settings the_settings, const base::Clock& the_clock, std::function<void()> the_callback)
      : settings(std::move(the_settings)),
        clock(the_clock),
        on_silent(std::move(the_callback)),
        loop(clock),
        pool(loop, blocking,
             {.url = {.host = "localhost", .port = 80}, .unix_path = settings.socket}),
        nonces(base::to_hex(base::random_bytes(entropy, kBootIdBytes)), 0),
        ids(clock, entropy),
        scope(loop) {}

  net::Task<void> watch();
  net::Task<bool> ask();
  [[nodiscard]] std::string signed_fields();

  const Settings settings;
  const base::Clock& clock;
  const std::function<void()> on_silent;
  base::SystemEntropy entropy;
  net::Loop loop;
  net::BlockingPool blocking{0};
  net::HttpClientPool pool;
  identity::NonceSource nonces;
  base::UlidSource ids;
  net::Scope scope;
  std::thread thread;
};

net::Task<void> Liveness::Work::watch() {
  bool answered = true;  // it has just said that it is ready
  int misses = 0;
  while (!scope.cancelled()) {
    const bool alive = co_await ask();
    if (alive) answered = true;
    misses = alive ? 0 : misses + 1;
    if (answered && misses >= settings.misses) {
      on_silent();
      answered = false;
    }
    (void)co_await net::Sleep(scope, settings.every);
  }
  loop.stop();
}

net::Task<bool> Liveness::Work::ask() {
  net::Scope asking(loop, loop.now() + settings.within);
  const net::SimpleAnswer answer = co_await net::http_exchange(
      pool, {.path = std::string(kPath), .fields = signed_fields(), .body = {}}, kMostBytes,
      asking);
  co_return answer.fault == net::ClientFault::None;
}

std::string Liveness::Work::signed_fields() {
  const identity::ForwardedPrincipal self{
      "svc:" + std::string(kSupervisor), base::TenantId("platform"), {base::RoleName("operator")}};
  const identity::ForwardedHead head{
      .caller = std::string(kSupervisor),
      .callee = settings.callee,
      .method = "GET",
      .target = std::string(kPath),
      .content_type = {},
      .content_length = {},
      .principal = identity::encode_principal(self),
      .request_id = ids.next(),
      .timestamp_ms =
          std::chrono::duration_cast<base::Millis>(clock.wall().time_since_epoch()).count(),
      .nonce = nonces.next(),
      .audit_head = settings.audit_head(),
      .body_mode = identity::body_mode_of({}),
      .key_id = settings.key.id};
  std::string text;
  for (const auto& [name, value] :
       identity::forwarded_fields(head, identity::sign_forwarded(head, settings.key))) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  return text;
}

Liveness::Liveness(Settings settings, const base::Clock& clock, std::function<void()> on_silent)
    : work_(std::make_unique<Work>(std::move(settings), clock, std::move(on_silent))) {
  net::spawn(work_->watch());
  work_->thread = std::thread([work = work_.get()] { work->loop.run(); });
}

Liveness::~Liveness() {
  work_->loop.post([work = work_.get()] { work->scope.cancel(); });
  work_->thread.join();
}

}  // namespace srasta::cli
