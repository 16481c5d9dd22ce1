// Stands in for srasta-tools behind the real gateway, with what the official conformance suite of
// the Model Context Protocol wants a server to have. Messages are read by the product's library.
// Tests alone build it; it is never installed.
#include "app/service_start.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "fixtures.h"
#include "mcp/http_fields.h"
#include "service/forwarded_gate.h"
#include "service/process_signals.h"
#include "service/unix_door.h"
#include "tools/routes.h"

#include <unistd.h>

#include <fmt/format.h>

namespace srasta::mcp_fixtures {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr base::Millis kDrainStep{10};

class Server {
 public:
  Server(std::string folder, std::vector<identity::ForwardingPeer> peers,
         std::unique_ptr<audit::Ledger> ledger, base::Log& log)
      : log_(log),
        ledger_(std::move(ledger)),
        loop_(clock_),
        key_(base::random_bytes(entropy_, kKeyBytes)),
        socket_(std::move(folder) + "/run/tools.sock"),
        door_(
            {.loop = loop_, .clock = clock_, .entropy = entropy_, .log = log_, .ledger = *ledger_},
            std::make_unique<service::ForwardedGate>(
                "tools", service::ForwardedGate::Serves::Everybody, std::move(peers), clock_)),
        signals_(loop_, {.end = [this] { end(); }, .reload = [] {}}) {
    door_.routes().add(tools::route::kMcp,
                       [this](service::Request& request, const access::Caller& caller) {
                         return serve(request, caller);
                       });
  }

  base::Result<void> listen() { return door_.listen(socket_); }
  void run() { loop_.run(); }

 private:
  net::Task<void> serve(service::Request& request, const access::Caller& /*caller*/) {
    const auto wrapped = mcp::unwrap(request.body);
    if (!wrapped) {
      co_await service::answer_error(request, service::ErrorCode::InvalidJson);
      co_return;
    }
    const auto taken = mcp::take(wrapped->fields, wrapped->message, offer());
    const auto* const asked = std::get_if<mcp::Asked>(&taken);
    const Answer answer = asked != nullptr ? mcp_fixtures::answer(*asked, key_)
                                           : Answer{.reply = std::get<mcp::Reply>(taken)};
    std::string body;
    for (const std::string& told : answer.before) body += fmt::format("data: {}\n\n", told);
    const bool streams = !body.empty();
    body += streams ? fmt::format("data: {}\n\n", answer.reply.body) : answer.reply.body;
    const std::string_view type = streams ? "text/event-stream" : "application/json";
    const std::string fields = fmt::format("{}Content-Type: {}\r\n", request.common_fields(), type);
    (void)co_await request.exchange.respond(answer.reply.status, fields, body);
  }

  void end() {
    if (ending_) return;
    ending_ = true;
    net::spawn(close());
  }

  net::Task<void> close() {
    net::Scope scope(loop_);
    door_.close();
    while (!door_.empty()) (void)co_await net::Sleep(scope, kDrainStep);
    loop_.stop();
  }

  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  base::Log& log_;
  const std::unique_ptr<audit::Ledger> ledger_;
  net::Loop loop_;
  const std::string key_;
  const std::string socket_;
  service::UnixDoor door_;
  service::ProcessSignals signals_;
  bool ending_ = false;
};

base::Result<void> serve(const app::StartOptions& options) {
  const config::Environment environment = app::process_environment();
  SRASTA_TRY_ASSIGN(const auto document, app::take_handed_over(environment));
  if (!document) return base::make_error(base::Code::Invalid, "there is no supervisor");
  SRASTA_TRY_ASSIGN(auto peers, app::handed_over_keys(*document, "forwarding"));
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  base::PosixFileSystem files;
  base::Log log(clock, STDERR_FILENO, "tools", base::Level::Info);
  SRASTA_TRY(files.make_folder(options.data_folder + "/run"));
  SRASTA_TRY_ASSIGN(const std::string install_id,
                    base::read_file(files, options.data_folder + "/install.id", 256));
  SRASTA_TRY_ASSIGN(auto ledger, audit::Ledger::open(
                                     files, clock, entropy,
                                     {.folder = options.data_folder + "/audit",
                                      .stream = "tools",
                                      .service = "tools",
                                      .release = "0",
                                      .install_id = install_id.substr(0, install_id.find('\n'))}));
  Server server(options.data_folder, std::move(peers), std::move(ledger), log);
  SRASTA_TRY(server.listen());
  app::tell_ready(environment);
  server.run();
  return {};
}

}  // namespace
}  // namespace srasta::mcp_fixtures

int main(int argc, char** argv) {
  constexpr const char* kName = "conformance_server";
  srasta::app::block_signals();
  const auto options =
      srasta::app::parse_start_options(argc, argv, kName, srasta::app::Listens::OnSockets);
  if (!options.ok()) return srasta::app::report(kName, options.error());
  const auto served = srasta::mcp_fixtures::serve(*options);
  return served ? 0 : srasta::app::report(kName, served.error());
}
