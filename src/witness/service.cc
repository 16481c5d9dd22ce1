#include "witness/service.h"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace srasta::witness {
namespace {

constexpr unsigned kBlockingThreads = 4;
constexpr base::Millis kDrainStep{10};

net::ServerLimits server_limits() {
  net::ServerLimits limits;
  limits.head.bytes = size_t{8} << 10;
  limits.head.fields = 50;
  limits.head_timeout = base::Seconds(10);
  limits.body_idle = base::Seconds(10);
  limits.body_total = base::Seconds(30);
  limits.write_idle = base::Seconds(10);
  limits.connections = 256;
  return limits;
}

}  // namespace

/// SIGTERM, SIGINT and SIGHUP as events of the loop.
class Service::Signals final : public net::Watched {
 public:
  Signals(net::Loop& loop, Service& service) : loop_(loop), service_(service) {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, number);
    descriptor_ = ::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
    (void)loop_.watch(descriptor_, *this);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() override {
    loop_.forget(descriptor_, *this);
    ::close(descriptor_);
  }

 private:
  void on_ready(uint32_t) override {
    signalfd_siginfo info{};
    while (::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      service_.on_signal(static_cast<int>(info.ssi_signo));
    }
  }

  net::Loop& loop_;
  Service& service_;
  int descriptor_ = -1;
};

Service::Service(Key, Folder& folder, tlog::SignerKey key, Settings settings,
                 Environment environment)
    : folder_(folder),
      settings_(std::move(settings)),
      env_(environment),
      cosigner_(folder, environment.clock, std::move(key)),
      loop_(environment.clock),
      blocking_(kBlockingThreads),
      door_({.loop = loop_, .blocking = blocking_, .log = env_.log, .cosigner = cosigner_},
            settings_.behind_proxy ? std::nullopt : std::optional(SourceRates::Settings())) {}

Service::~Service() = default;

base::Result<std::unique_ptr<Service>> Service::open(Folder& folder, tlog::SignerKey key,
                                                     Settings settings, Environment environment) {
  auto service =
      std::make_unique<Service>(Key{}, folder, std::move(key), std::move(settings), environment);
  SRASTA_TRY(service->watch_logs());
  SRASTA_TRY(service->listen());
  return service;
}

base::Result<std::shared_ptr<const net::TlsContext>> Service::tls() const {
  if (settings_.cert_file.empty()) return std::shared_ptr<const net::TlsContext>();
  return net::TlsContext::server(settings_.cert_file, settings_.key_file);
}

base::Result<void> Service::listen() {
  SRASTA_TRY_ASSIGN(const auto context, tls());
  server_ = std::make_unique<net::HttpServer>(loop_, server_limits(), door_, context);
  SRASTA_TRY_ASSIGN(const net::Endpoint bound, server_->listen(settings_.listen, false));
  url_ = (context ? "https://" : "http://") + bound.str();
  signals_ = std::make_unique<Signals>(loop_, *this);
  return {};
}

base::Result<void> Service::watch_logs() {
  SRASTA_TRY_ASSIGN(auto keys, folder_.logs());
  return cosigner_.watch(std::move(keys));
}

void Service::run() {
  loop_.run();
  signals_.reset();
  // What still blocks would report to a loop that is gone.
  blocking_.stop();
}

void Service::on_signal(int number) {
  if (number == SIGHUP) {
    blocking_.submit([this] { reload(); });
  } else if (draining_) {
    server_->cut_off();
  } else {
    draining_ = true;
    env_.log.info("draining");
    net::spawn(drain());
  }
}

/// On a blocking thread: a log that another request is deciding about is waited for.
void Service::reload() {
  const std::scoped_lock lock(reloading_);
  auto watched = watch_logs();
  auto context =
      watched ? tls()
              : base::Result<std::shared_ptr<const net::TlsContext>>(std::move(watched).error());
  if (!context) {
    env_.log.error("nothing was read again",
                   {{"reason", std::string_view(context.error().message)}});
    return;
  }
  env_.log.info("watching", {{"logs", static_cast<int64_t>(logs())}});
  loop_.post([this, next = *std::move(context)] { server_->set_tls(next); });
}

net::Task<void> Service::drain() {
  net::Scope scope(loop_);
  const base::MonoTime deadline = loop_.now() + settings_.drain;
  server_->drain();
  // Every wait of a connection that is cut off has its own end.
  while (server_->connections() > 0) {
    (void)co_await net::Sleep(scope, kDrainStep);
    if (loop_.now() >= deadline) server_->cut_off();
  }
  loop_.stop();
}

}  // namespace srasta::witness
