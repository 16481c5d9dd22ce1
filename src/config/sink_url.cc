#include "config/sink_url.h"

#include "http/url.h"

namespace srasta::config {
namespace {

constexpr std::string_view kSyslogTls = "syslog+tls://";
constexpr std::string_view kSyslogTcp = "syslog+tcp://";
constexpr uint16_t kSyslogTlsPort = 6514;
constexpr uint16_t kSyslogTcpPort = 601;

bool names_port(std::string_view authority) {
  return authority.find(':', authority.rfind(']') + 1) != std::string_view::npos;
}

base::Result<SinkUrl> parse_syslog(std::string_view authority, bool tls) {
  SRASTA_TRY_ASSIGN(const http::Url url, http::parse_url("https://" + std::string(authority)));
  if (!url.path.empty() || authority.ends_with('/')) {
    return base::make_error(base::Code::Invalid, "a syslog receiver has no path");
  }
  SinkUrl sink{.kind = SinkUrl::Kind::Syslog, .tls = tls, .host = url.host, .port = url.port};
  if (!names_port(authority)) sink.port = tls ? kSyslogTlsPort : kSyslogTcpPort;
  return sink;
}

}  // namespace

base::Result<SinkUrl> parse_sink_url(std::string_view text) {
  if (text.starts_with(kSyslogTls)) return parse_syslog(text.substr(kSyslogTls.size()), true);
  if (text.starts_with(kSyslogTcp)) return parse_syslog(text.substr(kSyslogTcp.size()), false);
  SRASTA_TRY_ASSIGN(const http::Url url, http::parse_url(text));
  return SinkUrl{
      .kind = SinkUrl::Kind::Webhook, .tls = url.tls, .host = url.host, .port = url.port};
}

}  // namespace srasta::config
