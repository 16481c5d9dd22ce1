#include "admin/admin_service.h"

#include "admin/routes.h"
#include "admin/sign_in/internal_web.h"
#include "admin/sign_in/issuer_keys.h"
#include "base/encoding.h"
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
  EverySecond(net::Loop& loop, AdminCore& core, std::function<void()> every_minute)
      : loop_(loop), core_(core), every_minute_(std::move(every_minute)) {
    arm();
  }

 private:
  void arm() { loop_.timers().arm(*this, loop_.now() + base::Seconds(1)); }
  void on_timeout() override {
    core_.settle();
    if (++seconds_ % kMinute == 0) every_minute_();
    arm();
  }
  static constexpr unsigned kMinute = 60;
  net::Loop& loop_;
  AdminCore& core_;
  const std::function<void()> every_minute_;
  unsigned seconds_ = 0;
};

AdminService::AdminService(Key, Settings settings, Environment environment)
    : settings_(std::move(settings)), env_(environment), loop_(env_.clock) {}

AdminService::~AdminService() = default;

base::Result<std::unique_ptr<AdminService>> AdminService::open(Settings settings,
                                                               Environment environment) {
  auto service = std::make_unique<AdminService>(Key{}, std::move(settings), environment);
  SRASTA_TRY(service->open_box());
  SRASTA_TRY(service->open_ledger());
  Registry::Settings registry{.data_folder = service->settings_.data_folder,
                              .access_key = std::move(service->settings_.access_key),
                              .licensing = std::move(service->settings_.licensing),
                              .config_file = service->settings_.config_file};
  SRASTA_TRY_ASSIGN(service->registry_,
                    Registry::open(std::move(registry), service->settings_.loaded));
  SRASTA_TRY(service->check_box());
  service->note_file();
  SRASTA_TRY(service->open_doors());
  return service;
}

base::Result<void> AdminService::open_box() {
  auto key = base::from_hex(settings_.admin_key.expose());
  if (!key) return base::make_error(base::Code::Corrupt, "keys/admin.key is damaged");
  SRASTA_TRY_ASSIGN(crypto::SecretBox box,
                    crypto::SecretBox::create(base::Secret(*std::move(key))));
  box_ = std::make_unique<crypto::SecretBox>(std::move(box));
  return {};
}

base::Result<void> AdminService::check_box() {
  const auto open = [this](const Desk& desk) -> Answered<bool> {
    const auto issuer = signing_issuer(desk.database, *box_, {});
    return issuer || issuer.error().code != base::Code::Denied;
  };
  const auto opened = registry_->transact(0, open);
  if (opened && *opened) return {};
  return base::make_error(base::Code::Corrupt,
                          settings_.data_folder +
                              "/keys/admin.key does not open what admin/admin.db keeps sealed; put "
                              "back the key that belongs to it, from a backup");
}

void AdminService::note_file() {
  const auto noted =
      registry_->note_file(base::unix_seconds(env_.clock.wall()), Registry::Noted::AtStart);
  if (noted) return;
  env_.log.warn("the configuration file is not in the history",
                {{"reason", std::string_view(noted.error().message)}});
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
  config_digest_ = config::config_digest(settings_.loaded);
  answers_ = internal_answers();
  platform_ = std::make_unique<service::UnixDoor>(
      parts,
      std::make_unique<service::ForwardedGate>("admin", service::ForwardedGate::Serves::Everybody,
                                               std::move(settings_.peers), env_.clock));
  service::bind_internal_routes(platform_->routes(), answers_, platform_->journal());
  core_ = std::make_unique<AdminCore>(
      AdminCore::Parts{.loop = loop_,
                       .clock = env_.clock,
                       .entropy = env_.entropy,
                       .log = env_.log,
                       .registry = *registry_,
                       .journal = platform_->journal(),
                       .box = *box_,
                       .config_file = settings_.config_file,
                       .environment = settings_.environment,
                       .config = settings_.config ? &*settings_.config : nullptr});
  core_->bind(platform_->routes(), platform_->journal());
  SRASTA_TRY_ASSIGN(SignInRules rules, sign_in_rules(settings_.loaded.config));
  sign_in_ = std::make_unique<SignIn>(SignIn::Parts{.loop = loop_,
                                                    .clock = env_.clock,
                                                    .entropy = env_.entropy,
                                                    .log = env_.log,
                                                    .registry = *registry_,
                                                    .store = core_->store(),
                                                    .box = *box_,
                                                    .journal = platform_->journal()},
                                      std::move(rules));
  bind_sign_in(platform_->routes(), platform_->journal(), *sign_in_);
  operator_ = std::make_unique<service::UnixDoor>(
      parts, std::make_unique<service::HostGate>(keeper_of_keys(settings_.data_folder)));
  core_->bind(operator_->routes(), operator_->journal());
  signals_ = std::make_unique<service::ProcessSignals>(
      loop_,
      service::ProcessSignals::Handlers{.end = [this] { end(); }, .reload = [this] { reload(); }});
  every_second_ = std::make_unique<EverySecond>(loop_, *core_, [this] {
    core_->look_at_license();
    net::spawn(sign_in_->tend(platform_->journal()));
  });
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
          .identity =
              [this, identity = std::move(identity)]() mutable {
                identity.config_digest = config_digest_;
                return identity.json();
              },
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
  const std::string digest = config::config_digest(*loaded);
  auto rules = sign_in_rules(loaded->config);
  if (rules) {
    sign_in_->set(*std::move(rules));
  } else {
    env_.log.error("rules of the sign-in not read again",
                   {{"reason", std::string_view(rules.error().message)}});
  }
  core_->declare(*std::move(loaded), [this, digest](const base::Result<void>& declared) {
    if (declared) {
      config_digest_ = digest;
      return env_.log.info("declared rules read again");
    }
    env_.log.error("access rules cannot be put in force",
                   {{"reason", std::string_view(declared.error().message)}});
  });
}

void AdminService::run(const std::function<void()>& ready) {
  loop_.post([this, &ready] { net::spawn(prepare(ready)); });
  loop_.run();
  every_second_.reset();
  signals_.reset();
  sign_in_->stop();
  core_->stop();
}

net::Task<void> AdminService::prepare(std::function<void()> ready) {
  core_->look_at_license();
  if (!ending_) sign_in_->start();
  co_await sign_in_->tend(platform_->journal());
  if (settings_.first_owner && !ending_) {
    co_await sign_in_->offer_ownership(platform_->journal(), *settings_.first_owner);
  }
  env_.log.info("ready");
  ready();
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
  sign_in_->end();
  const auto busy = [this] {
    return !platform_->empty() || !operator_->empty() || !sign_in_->idle();
  };
  while (busy() && loop_.now() < deadline) (void)co_await net::Sleep(scope, kDrainStep);
  platform_->close();
  operator_->close();
  while (busy()) (void)co_await net::Sleep(scope, kDrainStep);
  loop_.stop();
}

}  // namespace srasta::admin
