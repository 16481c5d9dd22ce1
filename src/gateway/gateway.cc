#include "gateway/gateway.h"

#include "gateway/protected_resource.h"
#include "gateway/routes.h"
#include "net/endpoint.h"
#include "service/forwarded_gate.h"
#include "service/openapi.h"

#include <algorithm>
#include <srasta_version.h>

#include <fmt/format.h>

namespace srasta::gateway {
namespace {

constexpr base::Millis kStep{10};
constexpr base::Seconds kAfterCutOff{2};
constexpr base::Seconds kFirstProbe{2};

/// Bytes of request bodies in memory, of all cores together.
constexpr size_t kAllBodies = size_t{256} << 20;
/// Bytes of forms with files on disk, likewise.
constexpr size_t kAllUploads = size_t{8} << 30;

std::vector<const service::RouteSpec*> joined_routes(
    const std::vector<service::HostedPlane*>& planes) {
  std::vector<const service::RouteSpec*> routes(all_routes().begin(), all_routes().end());
  for (const service::HostedPlane* plane : planes) {
    routes.insert(routes.end(), plane->routes().begin(), plane->routes().end());
  }
  return routes;
}

}  // namespace

Gateway::Gateway(Key, Settings settings, Environment environment)
    : settings_(std::move(settings)),
      env_(environment),
      routes_(joined_routes(settings_.planes)),
      bodies_(kAllBodies),
      upload_room_(kAllUploads),
      ids_(env_.clock, env_.entropy) {}

Gateway::~Gateway() = default;

base::Result<std::unique_ptr<Gateway>> Gateway::open(Settings settings, Environment environment) {
  auto gateway = std::make_unique<Gateway>(Key{}, std::move(settings), environment);
  SRASTA_TRY(gateway->open_ledger());
  SRASTA_TRY(gateway->open_access());
  SRASTA_TRY(gateway->open_cores());
  SRASTA_TRY(gateway->open_issuer());
  SRASTA_TRY(gateway->open_background());
  SRASTA_TRY(gateway->open_door());
  return gateway;
}

base::Result<void> Gateway::open_ledger() {
  SRASTA_TRY_ASSIGN(const std::string install_id,
                    base::read_file(env_.files, settings_.data_folder + "/install.id", 256));
  audit::LedgerSettings ledger{.folder = settings_.data_folder + "/audit",
                               .stream = "gateway",
                               .service = "api",
                               .release = SRASTA_VERSION,
                               .install_id = install_id.substr(0, install_id.find('\n'))};
  SRASTA_TRY_ASSIGN(ledger_, audit::Ledger::open(env_.files, env_.clock, env_.entropy, ledger));
  journal_ = std::make_unique<service::Journal>(*ledger_, env_.clock);
  return {};
}

base::Result<void> Gateway::open_access() {
  const unsigned cores =
      settings_.cores > 0 ? settings_.cores : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < cores; ++i) loops_.push_back(std::make_unique<net::Loop>(env_.clock));
  SRASTA_TRY_ASSIGN(access_, AccessKeeper::open(
                                 {.loop = *loops_.front(),
                                  .log = env_.log,
                                  .files = access::SnapshotFiles(settings_.data_folder),
                                  .key = std::move(settings_.access_key)},
                                 [this](const std::shared_ptr<const access::AccessSnapshot>& next) {
                                   access_changed(next);
                                 }));
  return {};
}

/// What runs is decided by the new rules at once, since they may take rights away; who comes now
/// waits until they are on record.
void Gateway::access_changed(const std::shared_ptr<const access::AccessSnapshot>& next) {
  if (!keys_) return;
  keys_->set_access(next);
  if (!next) return;
  record_access(*next);
}

void Gateway::record_access(const access::AccessSnapshot& rules) {
  const auto before = std::exchange(access_source_, rules.source());
  access_recorder_->record({.epoch = rules.epoch(),
                            .revision = rules.revision(),
                            .before = before,
                            .after = rules.source()});
}

void Gateway::access_recorded(uint64_t epoch) {
  for (const auto& core : cores_) {
    core->loop().post([&core = *core, epoch] { core.access_recorded(epoch); });
  }
}

base::Result<void> Gateway::open_cores() {
  SRASTA_TRY_ASSIGN(plan_, make_plan(settings_.loaded, nullptr));
  plan_->set_engines();
  const config::Config& config = plan_->config;
  sources_.set(source_settings(config));
  blocking_ = std::make_unique<net::BlockingPool>(2);
  uploads_ = std::make_unique<const service::UploadSpace>(service::UploadSpace{
      .blocking = *blocking_, .room = upload_room_, .folder = settings_.data_folder + "/gateway"});
  SRASTA_TRY_ASSIGN(budgets_, BudgetKeeper::open(
                                  {.loop = *loops_.front(), .log = env_.log, .clock = env_.clock},
                                  settings_.data_folder + "/gateway", budget_rules(config.limits)));
  SRASTA_TRY_ASSIGN(
      auto salts, erasure::SaltStore::open(settings_.data_folder + "/audit/gateway", env_.entropy));
  commitments_ = std::make_unique<CommitmentKeeper>(env_.log, std::move(salts));
  shared_ = std::make_unique<Shared>(
      Shared{.clock = env_.clock,
             .entropy = env_.entropy,
             .log = env_.log,
             .ledger = *ledger_,
             .blocking = *blocking_,
             .sources = sources_,
             .bodies = bodies_,
             .uploads = *uploads_,
             .retries = retries_,
             .accept_failures = accept_failures_,
             .openapi = service::write_openapi(routes_, SRASTA_VERSION),
             .discovery = {},
             .host_jwk = {},
             .metrics_page = [this] { return metrics_page(); },
             .ask_refresh = {},
             .budgets = *budgets_,
             .commitments = *commitments_,
             .access_epoch = access_->epoch(),
             .ask_access = [this] { loops_.front()->post([this] { access_->check(); }); },
             .planes = settings_.planes});
  shared_->ask_refresh = [this](std::string issuer,
                                std::function<void(CoreIdentityGate::Refresh)> answer) {
    loops_.front()->post([this, issuer = std::move(issuer), answer = std::move(answer)] {
      answer(keys_->refresh_for_unknown_key(issuer));
    });
  };
  SRASTA_TRY_ASSIGN(net::Endpoint endpoint, net::parse_ip(config.listen.host, config.listen.port));
  for (const auto& loop : loops_) {
    cores_.push_back(std::make_unique<Core>(*loop, *shared_, plan_));
    SRASTA_TRY_ASSIGN(endpoint, cores_.back()->server().listen(endpoint, loops_.size() > 1));
  }
  url_ = !config.public_url.empty()
             ? config.public_url
             : fmt::format("{}://{}", plan_->tls ? "https" : "http", endpoint.str());
  return {};
}

base::Result<void> Gateway::open_issuer() {
  shared_->url = url_;
  shared_->resource_metadata = url_ + std::string(kProtectedResourcePath);
  SRASTA_TRY_ASSIGN(identity::Issuer issuer,
                    identity::Issuer::create(url_, std::move(settings_.issuer_key)));
  issuer_ = std::make_unique<identity::Issuer>(std::move(issuer));
  shared_->discovery = identity::issuer_metadata(issuer_->url());
  shared_->host_jwk = issuer_->jwk();
  return {};
}

base::Result<void> Gateway::open_background() {
  net::Loop& first = *loops_.front();
  const auto publish_keys =
      [this](const std::shared_ptr<const identity::IdentitySnapshot>& snapshot) {
        for (const auto& core : cores_) {
          core->loop().post([&core = *core, snapshot] { core.replace_identity(snapshot); });
        }
      };
  SRASTA_TRY_ASSIGN(
      keys_, KeyKeeper::create(
                 {.loop = first, .blocking = *blocking_, .log = env_.log, .journal = *journal_},
                 plan_->config, publish_keys));
  access_recorder_ = std::make_unique<AccessRecorder>(
      AccessRecorder::Parts{.loop = first, .journal = *journal_, .log = env_.log},
      [this](uint64_t epoch) { access_recorded(epoch); });
  keys_->set_access(access_->current());
  prober_ = make_prober(plan_);
  signals_ = std::make_unique<service::ProcessSignals>(
      first, service::ProcessSignals::Handlers{.end = [this] { asked_to_end(); },
                                               .reload = [this] { ask_reload(); }});
  return {};
}

std::unique_ptr<Prober> Gateway::make_prober(const std::shared_ptr<const Plan>& plan) {
  const auto publish =
      [this, revision = plan->revision](const std::shared_ptr<const inference::Catalog>& catalog) {
        for (const auto& core : cores_) {
          core->loop().post(
              [&core = *core, revision, catalog] { core.replace_catalog(revision, catalog); });
        }
      };
  return std::make_unique<Prober>(Prober::Parts{.loop = *loops_.front(),
                                                .blocking = *blocking_,
                                                .files = env_.files,
                                                .log = env_.log,
                                                .journal = *journal_,
                                                .data_folder = settings_.data_folder},
                                  plan->upstreams, plan->aliases, publish);
}

base::Result<void> Gateway::open_door() {
  if (settings_.peers.empty()) return {};
  answers_ = internal_answers();
  door_ = std::make_unique<service::UnixDoor>(
      service::UnixDoor::Parts{.loop = *loops_.front(),
                               .clock = env_.clock,
                               .entropy = env_.entropy,
                               .log = env_.log,
                               .ledger = *ledger_},
      std::make_unique<service::ForwardedGate>("gateway", service::ForwardedGate::Serves::Services,
                                               std::move(settings_.peers), env_.clock));
  service::bind_internal_routes(door_->routes(), answers_, door_->journal());
  return door_->listen(settings_.data_folder + "/run/gateway.sock");
}

service::InternalAnswers Gateway::internal_answers() {
  service::ServiceIdentity identity{.service = "gateway",
                                    .version = SRASTA_VERSION,
                                    .build_digest = {},
                                    .config_digest = {},
                                    .route_digest = service::route_digest(routes_)};
  return {.health =
              [this] {
                const Readiness now = cores_.front()->readiness();
                return service::InternalAnswers::Health{now.ready(),
                                                        readiness_json(now, now.ready())};
              },
          .identity =
              [this, identity = std::move(identity)]() mutable {
                identity.build_digest = build_digest_;
                identity.config_digest = plan_->digest;
                identity.access_revision = access_->current() ? access_->current()->revision() : 0;
                return identity.json();
              },
          .metrics = [this] { return metrics_page(); },
          .drain =
              [this] {
                if (!draining_) begin_drain();
              },
          .ledger = ledger_.get()};
}

void Gateway::run(const std::function<void()>& ready) {
  keys_->start(*issuer_);
  if (access_->current()) record_access(*access_->current());
  access_->start();
  budgets_->start();
  for (service::HostedPlane* plane : settings_.planes) plane->start();
  for (const auto& core : cores_) {
    core->loop().post([&core = *core, revision = plan_->revision, catalog = prober_->catalog()] {
      core.replace_catalog(revision, catalog);
    });
  }
  prober_->start();
  blocking_->submit([this] {
    loops_.front()->post([this, digest = settings_.build_digest()] { build_digest_ = digest; });
  });
  net::spawn(announce(ready));
  const Watchdog watchdog(loops_, env_.clock, env_.log);
  std::vector<std::thread> threads;
  for (size_t i = 1; i < loops_.size(); ++i) {
    threads.emplace_back([loop = loops_[i].get()] { loop->run(); });
  }
  loops_.front()->run();
  for (std::thread& thread : threads) thread.join();
  signals_.reset();
  // What still blocks would report to loops that are gone.
  blocking_->stop();
  commitments_->stop();
  for (service::HostedPlane* plane : settings_.planes) plane->stop();
  budgets_->close();
}

/// Ready means that the first request can be answered, so the engines are asked once before, and
/// the rules are on record.
net::Task<void> Gateway::announce(const std::function<void()>& ready) {
  net::Scope scope(*loops_.front(), loops_.front()->now() + kFirstProbe);
  (void)co_await prober_->first_round().wait(scope, scope.deadline());
  while (!access_recorder_->stopped() && loops_.front()->now() < scope.deadline()) {
    (void)co_await net::Sleep(scope, kStep);
  }
  env_.log.info("ready",
                {{"url", std::string_view(url_)}, {"cores", static_cast<int64_t>(cores_.size())}});
  ready();
}

/// The second time does not wait for streams any more.
void Gateway::asked_to_end() {
  draining_ ? cut_off() : begin_drain();
}

void Gateway::begin_drain() {
  draining_ = true;
  env_.log.info(
      "draining",
      {{"seconds", std::chrono::duration_cast<base::Seconds>(plan_->config.drain).count()}});
  cores_left_ = cores_.size();
  for (const auto& core : cores_) {
    core->loop().post([this, &core = *core] {
      net::spawn(drain_core(core, core.loop().now() + base::Micros(plan_->config.drain)));
    });
  }
}

void Gateway::cut_off() {
  for (const auto& core : cores_) {
    core->loop().post([&core = *core] { core.server().cut_off(); });
  }
}

net::Task<void> Gateway::drain_core(Core& core, base::MonoTime deadline) {
  net::Scope scope(core.loop());
  core.server().drain();
  while (core.server().connections() > 0) {
    (void)co_await net::Sleep(scope, kStep);
    if (core.loop().now() >= deadline) core.server().cut_off();
    if (core.loop().now() >= deadline + kAfterCutOff) break;
  }
  loops_.front()->post([this] { core_drained(); });
}

void Gateway::core_drained() {
  if (--cores_left_ > 0) return;
  access_->stop();
  access_recorder_->stop();
  keys_->stop();
  prober_->stop();
  if (door_) door_->close();
  net::spawn(close());
}

net::Task<void> Gateway::close() {
  net::Scope scope(*loops_.front());
  while (!keys_->stopped() || !access_recorder_->stopped() || !prober_->stopped() ||
         (door_ && !door_->empty())) {
    (void)co_await net::Sleep(scope, kStep);
  }
  for (const auto& loop : loops_) loop->stop();
}

}  // namespace srasta::gateway
