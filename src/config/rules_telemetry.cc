#include "config/draft.h"
#include "http/url.h"

namespace srasta::config {

void check_telemetry(Draft& draft) {
  const Otlp& otlp = draft.config.telemetry.otlp;
  const std::string place = "telemetry.otlp";
  if (otlp.endpoint.empty()) {
    for (const char* other : {".headers_file", ".ca_file"}) {
      if (draft.lines.contains(place + other)) {
        complain(draft, place + other, "has no meaning without `endpoint`");
      }
    }
    return;
  }
  const auto url = http::parse_url(otlp.endpoint);
  if (!url) return;
  if (http::is_metadata_host(url->host)) {
    complain(draft, place + ".endpoint", "the address of a cloud's metadata service",
             "the address of a collector");
  }
  if (url->tls) return;
  if (!otlp.headers_file.empty() && !is_loopback_host(url->host)) {
    complain(draft, place + ".headers_file", "the fields would cross the network in plain http",
             "an https endpoint, or no headers_file");
  }
  if (!otlp.ca_file.empty()) {
    complain(draft, place + ".ca_file", "has no meaning without TLS");
  }
}

}  // namespace srasta::config
