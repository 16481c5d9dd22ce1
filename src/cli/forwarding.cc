#include "cli/forwarding.h"

#include "audit/install_id.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/host_name.h"
#include "config/operator_file.h"
#include "config/sink_url.h"
#include "evidence/forwarder.h"
#include "evidence/syslog_sink.h"
#include "evidence/webhook_request.h"
#include "evidence/webhook_sink.h"

#include <utility>

namespace srasta::cli {
namespace {

using evidence::Forwarder;
using evidence::SyslogSink;
using evidence::WebhookSink;

constexpr base::Seconds kConnectTime{5};
/// A batch, and what a new connection repeats, over a slow line; and how long a sink may hang.
constexpr base::Seconds kBatchTime{15};

base::Result<std::shared_ptr<const net::TlsContext>> tls_of(const config::Sink& sink, bool http) {
  // Refuses a key that others may read; the library reads it again.
  if (!sink.key_file.empty()) SRASTA_TRY(config::read_secret_file(sink.key_file));
  return net::TlsContext::client({.ca_file = sink.ca_file,
                                  .cert_file = sink.cert_file,
                                  .key_file = sink.key_file,
                                  .http = http});
}

base::Result<SyslogSink::Settings> syslog_of(const config::Sink& sink, const config::SinkUrl& url) {
  SyslogSink::Settings settings{
      .peer = {.host = url.host, .port = url.port, .within = kConnectTime},
      .host = base::host_name()};
  settings.peer.local_only = !url.tls;
  if (url.tls) {
    SRASTA_TRY_ASSIGN(settings.peer.tls, tls_of(sink, false));
  }
  return settings;
}

base::Result<WebhookSink::Settings> webhook_of(const config::Sink& sink,
                                               const std::string& install_id) {
  WebhookSink::Settings settings{.install_id = install_id};
  SRASTA_TRY_ASSIGN(settings.url, http::parse_url(sink.url));
  if (settings.url.tls) {
    SRASTA_TRY_ASSIGN(settings.tls, tls_of(sink, true));
  }
  SRASTA_TRY_ASSIGN(const base::Secret secret, config::read_secret_file(sink.secret_file));
  SRASTA_TRY_ASSIGN(settings.key, evidence::parse_webhook_secret(secret));
  return settings;
}

base::Result<Forwarder::SinkSettings> settings_of(const config::Sink& sink,
                                                  const std::string& install_id) {
  Forwarder::SinkSettings settings{.name = sink.name, .streams = sink.streams};
  settings.lag.age = sink.lag_after;
  SRASTA_TRY_ASSIGN(const config::SinkUrl url, config::parse_sink_url(sink.url));
  // What a std::function holds must be copyable, which secrets are not.
  if (url.kind == config::SinkUrl::Kind::Syslog) {
    SRASTA_TRY_ASSIGN(SyslogSink::Settings syslog, syslog_of(sink, url));
    settings.make = [held = std::make_shared<SyslogSink::Settings>(std::move(syslog))](
                        net::Loop&, net::BlockingPool& blocking) {
      return std::make_unique<SyslogSink>(blocking, std::move(*held));
    };
  } else {
    SRASTA_TRY_ASSIGN(WebhookSink::Settings webhook, webhook_of(sink, install_id));
    settings.make = [held = std::make_shared<WebhookSink::Settings>(std::move(webhook))](
                        net::Loop& loop, net::BlockingPool& blocking) {
      return std::make_unique<WebhookSink>(loop, blocking, std::move(*held));
    };
  }
  return settings;
}

}  // namespace

struct Forwarding::Work {
  base::Result<void> open(Settings settings, const base::Clock& clock);

  base::PosixFileSystem files;
  base::SystemEntropy entropy;
  std::function<void(const std::string& line)> tell;
  std::unique_ptr<Forwarder> forwarder;
};

base::Result<void> Forwarding::Work::open(Settings settings, const base::Clock& clock) {
  SRASTA_TRY_ASSIGN(std::string id, audit::read_install_id(files, settings.data_folder + "/audit"));
  Forwarder::Settings all{
      .data_folder = settings.data_folder, .install_id = std::move(id), .within = kBatchTime};
  for (const config::Sink& sink : settings.sinks) {
    auto one = settings_of(sink, all.install_id);
    if (one) {
      all.sinks.push_back(*std::move(one));
    } else {
      settings.tell("audit: sink " + sink.name + " gets nothing: " + one.error().message);
    }
  }
  SRASTA_TRY_ASSIGN(forwarder, Forwarder::open(files, clock, entropy, std::move(all),
                                               {.tell = std::move(settings.tell),
                                                .on_lag = std::move(settings.on_lag)}));
  return {};
}

Forwarding::Forwarding(Settings settings, const base::Clock& clock)
    : work_(std::make_unique<Work>()) {
  if (settings.sinks.empty()) return;
  work_->tell = settings.tell;
  if (const auto opened = work_->open(std::move(settings), clock); !opened) {
    work_->tell("audit: nothing is forwarded: " + opened.error().message);
  }
}

Forwarding::~Forwarding() = default;

void Forwarding::finish(base::Millis limit) {
  if (!work_->forwarder || work_->forwarder->finish(limit)) return;
  work_->tell("audit: a sink took too long for the last records; the next start goes on there");
}

}  // namespace srasta::cli
