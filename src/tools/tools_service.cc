#include "tools/tools_service.h"

#include "json/writer.h"
#include "service/forwarded_gate.h"
#include "tools/database.h"
#include "tools/routes.h"

#include <filesystem>
#include <srasta_version.h>

namespace srasta::tools {
namespace {

constexpr base::Millis kDrainStep{10};
constexpr base::Seconds kLongestDrain{5};
constexpr size_t kLargestBody = size_t{4} << 20;  // policies allow less
constexpr size_t kCursorKeyBytes = 32;

}  // namespace

std::vector<std::string> repository_roots(const config::Tools& tools,
                                          const std::string& data_folder) {
  std::vector<std::string> wanted = tools.repositories;
  if (wanted.empty()) wanted.push_back(data_folder + "/repositories");
  std::vector<std::string> roots;
  for (const std::string& folder : wanted) {
    std::error_code failure;
    const auto real = std::filesystem::canonical(folder, failure);
    if (!failure) roots.push_back(real.string());
  }
  return roots;
}

ToolsService::ToolsService(Key, Settings settings, Environment environment)
    : settings_(std::move(settings)), env_(environment), loop_(env_.clock) {}

ToolsService::~ToolsService() = default;

base::Result<std::unique_ptr<ToolsService>> ToolsService::open(Settings settings,
                                                               Environment environment) {
  auto service = std::make_unique<ToolsService>(Key{}, std::move(settings), environment);
  SRASTA_TRY(service->open_ledger());
  SRASTA_TRY(service->open_door());
  return service;
}

base::Result<void> ToolsService::open_ledger() {
  SRASTA_TRY_ASSIGN(const std::string install_id,
                    base::read_file(env_.files, settings_.data_folder + "/install.id", 256));
  audit::LedgerSettings ledger{.folder = settings_.data_folder + "/audit",
                               .stream = "tools",
                               .service = "tools",
                               .release = SRASTA_VERSION,
                               .install_id = install_id.substr(0, install_id.find('\n'))};
  SRASTA_TRY_ASSIGN(ledger_, audit::Ledger::open(env_.files, env_.clock, env_.entropy, ledger));
  return {};
}

base::Result<void> ToolsService::open_door() {
  config_digest_ = config::config_digest(settings_.loaded);
  answers_ = internal_answers();
  door_ = std::make_unique<service::UnixDoor>(
      service::UnixDoor::Parts{.loop = loop_,
                               .clock = env_.clock,
                               .entropy = env_.entropy,
                               .log = env_.log,
                               .ledger = *ledger_},
      std::make_unique<service::ForwardedGate>("tools", service::ForwardedGate::Serves::Everybody,
                                               std::move(settings_.peers), env_.clock),
      kLargestBody);
  service::bind_internal_routes(door_->routes(), answers_, door_->journal());
  policies_ = std::make_unique<PolicyStore>(
      PolicyStore::Settings{.files = settings_.loaded.config.tools.policies,
                            .keys = std::move(settings_.policy_keys),
                            .repository_roots = repository_roots(settings_.loaded.config.tools,
                                                                 settings_.data_folder),
                            .state_folder = settings_.data_folder + "/tools"},
      PolicyStore::Parts{.files = env_.files, .log = env_.log, .journal = door_->journal()});
  policies_->load();
  SRASTA_TRY(open_approvals());
  runs_ = std::make_unique<Runs>(loop_, std::move(settings_.runner));
  calls_ = std::make_unique<Calls>(Calls::Parts{.loop = loop_,
                                                .clock = env_.clock,
                                                .policies = *policies_,
                                                .journal = door_->journal(),
                                                .approvals = *approvals_,
                                                .labels = *labels_,
                                                .merges = *merges_,
                                                .runs = *runs_,
                                                .entropy = env_.entropy},
                                   base::Secret(base::random_bytes(env_.entropy, kCursorKeyBytes)));
  core_ = std::make_unique<ToolsCore>(*calls_);
  core_->bind(door_->routes());
  signals_ = std::make_unique<service::ProcessSignals>(
      loop_,
      service::ProcessSignals::Handlers{.end = [this] { end(); }, .reload = [this] { reload(); }});
  return door_->listen(settings_.data_folder + "/run/tools.sock");
}

base::Result<void> ToolsService::open_approvals() {
  SRASTA_TRY_ASSIGN(sql::Connection database, open_database(settings_.data_folder));
  store_ = std::make_unique<StoreThread>(loop_);
  labels_ = std::make_unique<ReadLabels>(ReadLabels::Parts{.log = env_.log, .store = *store_});
  SRASTA_TRY(labels_->load(database, base::unix_seconds(env_.clock.wall())));
  store_->start(std::move(database));
  approvals_ = std::make_unique<Approvals>(Approvals::Parts{.clock = env_.clock,
                                                            .entropy = env_.entropy,
                                                            .log = env_.log,
                                                            .journal = door_->journal(),
                                                            .store = *store_});
  approvals_core_ =
      std::make_unique<ApprovalsCore>(ApprovalsCore::Parts{.clock = env_.clock,
                                                           .policies = *policies_,
                                                           .journal = door_->journal(),
                                                           .approvals = *approvals_});
  approvals_core_->bind(door_->routes());
  merges_ = std::make_unique<MergeRequests>(
      MergeRequests::Parts{.entropy = env_.entropy, .log = env_.log, .store = *store_});
  merges_core_ =
      std::make_unique<MergeRequestsCore>(MergeRequestsCore::Parts{.clock = env_.clock,
                                                                   .policies = *policies_,
                                                                   .journal = door_->journal(),
                                                                   .merges = *merges_});
  merges_core_->bind(door_->routes());
  return {};
}

service::InternalAnswers ToolsService::internal_answers() {
  service::ServiceIdentity identity{.service = "tools",
                                    .version = SRASTA_VERSION,
                                    .build_digest = settings_.build_digest,
                                    .config_digest = {},
                                    .route_digest = service::route_digest(all_routes())};
  return {.health =
              [this] {
                const bool ledger = ledger_->healthy();
                const bool policy = policies_->count() > 0;
                json::Writer writer;
                writer.begin_object().member("status", ledger && policy ? "ok" : "not ready");
                writer.member("ledger", ledger).member("policy", policy);
                writer.member("commands", to_string(runs_->host().strongest)).end_object();
                return service::InternalAnswers::Health{ledger && policy, writer.take()};
              },
          .identity =
              [this, identity = std::move(identity)]() mutable {
                identity.config_digest = config_digest_;
                return identity.json();
              },
          .metrics = [] { return std::string(); },
          .drain = [this] { end(); },
          .ledger = ledger_.get()};
}

/// Which files are policies is said at the start; what stands in them, again and again.
void ToolsService::reload() {
  const auto loaded = settings_.reload();
  if (loaded) {
    config_digest_ = config::config_digest(*loaded);
  } else {
    env_.log.error("configuration not read again",
                   {{"reason", std::string_view(loaded.error().message)}});
  }
  policies_->load();
}

void ToolsService::run(const std::function<void()>& ready) {
  loop_.post([this, &ready] {
    env_.log.info("ready");
    ready();
  });
  loop_.run();
  signals_.reset();
  calls_->stop();
  store_->stop();
}

void ToolsService::end() {
  if (ending_) return;
  ending_ = true;
  net::spawn(close());
}

net::Task<void> ToolsService::close() {
  net::Scope scope(loop_);
  const base::MonoTime deadline = loop_.now() + kLongestDrain;
  door_->drain();
  while (!door_->empty() && loop_.now() < deadline) {
    (void)co_await net::Sleep(scope, kDrainStep);
  }
  door_->close();
  while (!door_->empty()) (void)co_await net::Sleep(scope, kDrainStep);
  loop_.stop();
}

}  // namespace srasta::tools
