#include "admin/admin_service.h"

#include "admin/routes.h"
#include "json/writer.h"
#include "service/forwarded_gate.h"
#include "service/host_gate.h"

#include <srasta_version.h>
#include <sys/stat.h>

namespace srasta::admin {
namespace {

constexpr base::Millis kDrainStep{10};
constexpr base::Seconds kLongestDrain{5};

/// Root when it cannot be told.
uid_t keeper_of_keys(const std::string& data_folder) {
  struct stat status{};
  return ::stat((data_folder + "/keys").c_str(), &status) == 0 ? status.st_uid : 0;
}

}  // namespace

/// What is due once a second.
class AdminService::EverySecond final : public net::Timer {
 public:
  EverySecond(net::Loop& loop, AdminCore& core) : loop_(loop), core_(core) { arm(); }

 private:
  void arm() { loop_.timers().arm(*this, loop_.now() + base::Seconds(1)); }
  void on_timeout() override {
    core_.settle();
    if (++seconds_ % kLicenseEvery == 0) core_.look_at_license();
    arm();
  }
  static constexpr unsigned kLicenseEvery = 60;
  net::Loop& loop_;
  AdminCore& core_;
  unsigned seconds_ = 0;
};

AdminService::AdminService(Key, Settings settings, Environment environment)
    : settings_(std::move(settings)), env_(environment), loop_(env_.clock) {}

AdminService::~AdminService() = default;

base::Result<std::unique_ptr<AdminService>> AdminService::open(Settings settings,
                                                               Environment environment) {
  auto service = std::make_unique<AdminService>(Key{}, std::move(settings), environment);
  SRASTA_TRY(service->open_ledger());
  Registry::Settings registry{.data_folder = service->settings_.data_folder,
                              .access_key = std::move(service->settings_.access_key),
                              .licensing = std::move(service->settings_.licensing)};
  SRASTA_TRY_ASSIGN(service->registry_,
                    Registry::open(std::move(registry), service->settings_.loaded));
  SRASTA_TRY(service->open_doors());
  return service;
}

base::Result<void> AdminService::open_ledger() {
  SRASTA_TRY_ASSIGN(const std::string install_id,
                    base::read_file(env_.files, settings_.data_folder + "/install.id", 256));
  audit::LedgerSettings ledger{.folder = settings_.data_folder + "/audit",
                               .stream = "admin",
                               .service = "admin",
                               .release = SRASTA_VERSION,
                               .install_id = install_id.substr(0, install_id.find('\n'))};
  settings_.licensing.install = ledger.install_id;
  SRASTA_TRY_ASSIGN(ledger_, audit::Ledger::open(env_.files, env_.clock, env_.entropy, ledger));
  return {};
}

base::Result<void> AdminService::open_doors() {
  const service::UnixDoor::Parts parts{.loop = loop_,
                                       .clock = env_.clock,
                                       .entropy = env_.entropy,
                                       .log = env_.log,
                                       .ledger = *ledger_};
  answers_ = internal_answers();
  platform_ = std::make_unique<service::UnixDoor>(
      parts,
      std::make_unique<service::ForwardedGate>("admin", service::ForwardedGate::Serves::Everybody,
                                               std::move(settings_.peers), env_.clock));
  service::bind_internal_routes(platform_->routes(), answers_, platform_->journal());
  core_ = std::make_unique<AdminCore>(AdminCore::Parts{.loop = loop_,
                                                       .clock = env_.clock,
                                                       .entropy = env_.entropy,
                                                       .log = env_.log,
                                                       .registry = *registry_,
                                                       .journal = platform_->journal()});
  core_->bind(platform_->routes(), platform_->journal());
  operator_ = std::make_unique<service::UnixDoor>(
      parts, std::make_unique<service::HostGate>(keeper_of_keys(settings_.data_folder)));
  core_->bind(operator_->routes(), operator_->journal());
  signals_ = std::make_unique<service::ProcessSignals>(
      loop_,
      service::ProcessSignals::Handlers{.end = [this] { end(); }, .reload = [this] { reload(); }});
  every_second_ = std::make_unique<EverySecond>(loop_, *core_);
  SRASTA_TRY(platform_->listen(settings_.data_folder + "/run/admin.sock"));
  return operator_->listen(settings_.data_folder + "/run/operator.sock");
}

service::InternalAnswers AdminService::internal_answers() {
  service::ServiceIdentity identity{.service = "admin",
                                    .version = SRASTA_VERSION,
                                    .build_digest = settings_.build_digest,
                                    .config_digest = {},
                                    .route_digest = service::route_digest(all_routes())};
  return {.health =
              [this] {
                const bool good = ledger_->healthy();
                json::Writer writer;
                writer.begin_object().member("status", good ? "ok" : "not ready");
                writer.member("ledger", good).end_object();
                return service::InternalAnswers::Health{good, writer.take()};
              },
          .identity = [identity = std::move(identity)] { return identity.json(); },
          .metrics = [] { return std::string(); },
          .drain = [this] { end(); },
          .ledger = ledger_.get()};
}

void AdminService::reload() {
  auto loaded = settings_.reload();
  if (!loaded) {
    env_.log.error("declared rules not read again",
                   {{"reason", std::string_view(loaded.error().message)}});
    return;
  }
  core_->declare(*std::move(loaded), [this](const base::Result<void>& declared) {
    if (declared) return env_.log.info("declared rules read again");
    env_.log.error("access rules cannot be put in force",
                   {{"reason", std::string_view(declared.error().message)}});
  });
}

void AdminService::run(const std::function<void()>& ready) {
  loop_.post([this, &ready] {
    core_->look_at_license();
    env_.log.info("ready");
    ready();
  });
  loop_.run();
  every_second_.reset();
  signals_.reset();
  core_->stop();
}

void AdminService::end() {
  if (ending_) return;
  ending_ = true;
  net::spawn(close());
}

net::Task<void> AdminService::close() {
  net::Scope scope(loop_);
  const base::MonoTime deadline = loop_.now() + kLongestDrain;
  platform_->drain();
  operator_->drain();
  const auto busy = [this] { return !platform_->empty() || !operator_->empty(); };
  while (busy() && loop_.now() < deadline) (void)co_await net::Sleep(scope, kDrainStep);
  platform_->close();
  operator_->close();
  while (busy()) (void)co_await net::Sleep(scope, kDrainStep);
  loop_.stop();
}

}  // namespace srasta::admin
