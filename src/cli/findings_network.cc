#include "base/descriptor.h"
#include "cli/dialling.h"
#include "cli/findings.h"
#include "cli/installation.h"
#include "http/url.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// 0, or why the address cannot be listened on.
int try_to_bind(const config::HostPort& listen) {
  const Addresses addresses = addresses_of(listen.host, listen.port, Names::Numeric);
  if (!addresses) return EADDRNOTAVAIL;
  const base::Descriptor socket(::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return ::bind(socket.get(), addresses->ai_addr, addresses->ai_addrlen) == 0 ? 0 : errno;
}

Finding examine_listener(const config::Config& config, const std::string& data_folder) {
  const auto text = load_gateway_url(data_folder);
  if (text) {
    const auto url = http::parse_url(*text);
    if (url && answers(url->host, url->port, Names::Numeric)) {
      return {Verdict::Ok, "gateway", "answers on " + *text, {}};
    }
  }
  const std::string where = config.listen.text();
  const int failure = try_to_bind(config.listen);
  if (failure == 0) {
    return {Verdict::Warn, "gateway", fmt::format("not running; {} is free", where), "srasta up"};
  }
  const std::string reason = base::errno_error("listen on " + where, failure).message;
  return {Verdict::Fail, "gateway", reason, "stop what holds the port, or set another `listen`"};
}

/// `examine_engines` looks at those.
bool is_started_here(const config::Config& config, const config::Upstream& upstream) {
  return std::ranges::find(config.inference.engines, upstream.name, &config::Engine::name) !=
         config.inference.engines.end();
}

Finding examine_upstream(const config::Upstream& upstream) {
  const std::string subject = "engine " + upstream.name.str();
  const auto url = http::parse_url(upstream.url);
  if (!url || !config::is_loopback_host(url->host)) {
    return {Verdict::Ok, subject, upstream.url + " is not on this host: not tried", {}};
  }
  if (answers(url->host, url->port, Names::Numeric))
    return {Verdict::Ok, subject, upstream.url + " answers", {}};
  return {Verdict::Warn, subject, upstream.url + " does not answer", "start the engine"};
}

struct KnownPort {
  std::string_view kind;
  uint16_t port;
};

Finding examine_detection() {
  static constexpr std::array<KnownPort, 3> kPorts = {
      {{"ollama", 11434}, {"vllm", 8000}, {"llamacpp", 8080}}};
  std::string found;
  for (const KnownPort& known : kPorts) {
    if (answers("127.0.0.1", known.port, Names::Numeric))
      found += fmt::format(" {}:{}", known.kind, known.port);
  }
  if (!found.empty()) return {Verdict::Ok, "detection", "something answers on" + found, {}};
  return {Verdict::Warn, "detection", "no engine on 11434, 8000, 8080",
          "start an engine, or name one in inference.upstreams"};
}

}  // namespace

std::vector<Finding> examine_network(const config::Config& config, const std::string& data_folder) {
  std::vector<Finding> findings = {examine_listener(config, data_folder)};
  for (const config::Upstream& upstream : config.inference.upstreams) {
    if (is_started_here(config, upstream)) continue;
    findings.push_back(examine_upstream(upstream));
  }
  if (config.inference.detect) findings.push_back(examine_detection());
  return findings;
}

}  // namespace srasta::cli
