#include "config/draft.h"
#include "config/sink_url.h"
#include "config/values.h"
#include "http/url.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace srasta::config {
namespace {

constexpr size_t kMostStreamBytes = 32;

void check_address(Draft& draft, const SinkUrl& url, const std::string& key) {
  if (!url.tls && !is_loopback_host(url.host)) {
    const bool syslog = url.kind == SinkUrl::Kind::Syslog;
    complain(draft, key, fmt::format("plain {} outside loopback", syslog ? "syslog" : "http"),
             syslog ? "syslog+tls://HOST" : "https://HOST");
  }
  if (http::is_metadata_host(url.host)) {
    complain(draft, key, "the address of a cloud's metadata service", "the address of a sink");
  }
}

void check_files(Draft& draft, const Sink& sink, const SinkUrl& url, const std::string& place) {
  const bool webhook = url.kind == SinkUrl::Kind::Webhook;
  if (webhook && sink.secret_file.empty()) {
    complain(draft, place + ".secret_file", "missing: a webhook takes signed batches only",
             "path of a file");
  }
  if (!webhook && !sink.secret_file.empty()) {
    complain(draft, place + ".secret_file", "has no meaning for syslog");
  }
  if (sink.cert_file.empty() != sink.key_file.empty()) {
    complain(draft, place + (sink.cert_file.empty() ? ".cert_file" : ".key_file"), "missing",
             "path of a file");
  }
  if (!url.tls && !(sink.ca_file.empty() && sink.cert_file.empty())) {
    complain(draft, place + (sink.ca_file.empty() ? ".cert_file" : ".ca_file"),
             "has no meaning without TLS");
  }
}

void check_sink(Draft& draft, const Sink& sink, const std::string& place) {
  if (!sink.name.empty() && !is_tenant_name(sink.name)) {
    complain(draft, place + ".name",
             fmt::format("\"{}\" cannot name a file of the sink", sink.name),
             "1 to 41 of a-z 0-9 -, the first a letter or digit");
  }
  for (const std::string& stream : sink.streams) {
    if (is_tenant_name(stream) && stream.size() <= kMostStreamBytes) continue;
    complain(draft, place + ".streams", fmt::format("\"{}\" cannot be a stream", stream),
             "gateway, install, ...");
  }
  const auto url = parse_sink_url(sink.url);
  if (!url) return;
  check_address(draft, *url, place + ".url");
  check_files(draft, sink, *url, place);
}

}  // namespace

void check_sinks(Draft& draft) {
  std::set<std::string> names;
  const std::vector<Sink>& sinks = draft.config.audit.sinks;
  for (size_t index = 0; index < sinks.size(); ++index) {
    const std::string place = fmt::format("audit.sinks[{}]", index);
    check_sink(draft, sinks[index], place);
    if (!sinks[index].name.empty() && !names.insert(sinks[index].name).second) {
      complain(draft, place + ".name", fmt::format("\"{}\" stands twice", sinks[index].name),
               "each name once");
    }
  }
}

}  // namespace srasta::config
