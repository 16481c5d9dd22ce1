#include "telemetry/telemetry_plane.h"

#include "config/operator_file.h"
#include "telemetry/header_lines.h"

#include <srasta_version.h>
#include <utility>

namespace srasta::telemetry {
namespace {

/// For what was not sent when the process ends.
constexpr base::Seconds kLastWords{3};
constexpr std::string_view kService = "srasta-api";
constexpr std::string_view kUsualPath = "/v1/traces";

}  // namespace

base::Result<std::unique_ptr<TelemetryPlane>> TelemetryPlane::open(const config::Otlp& config,
                                                                   std::string instance,
                                                                   const base::Clock& clock,
                                                                   base::Entropy& entropy,
                                                                   base::Log& log) {
  SpanExporter::Settings settings{.resource = {.service = std::string(kService),
                                               .version = SRASTA_VERSION,
                                               .instance = std::move(instance)}};
  SRASTA_TRY_ASSIGN(settings.url, http::parse_url(config.endpoint));
  if (settings.url.path.empty() || settings.url.path == "/") settings.url.path = kUsualPath;
  if (settings.url.tls) {
    SRASTA_TRY_ASSIGN(settings.tls, net::TlsContext::client(config.ca_file));
  }
  if (!config.headers_file.empty()) {
    SRASTA_TRY_ASSIGN(const base::Secret text, config::read_secret_file(config.headers_file));
    auto lines = parse_header_lines(text);
    if (!lines) {
      return base::make_error(lines.error().code,
                              "telemetry.otlp.headers_file: " + lines.error().message);
    }
    settings.header_lines = *std::move(lines);
  }
  auto exporter = std::make_unique<SpanExporter>(std::move(settings), clock, log);
  return std::make_unique<TelemetryPlane>(config.sample, std::move(exporter), entropy);
}

std::unique_ptr<service::CorePlane> TelemetryPlane::open_core(const service::PlaneCore& core) {
  auto part = std::make_unique<CoreTracer>(CoreTracer::Parts{
      .loop = core.loop,
      .entropy = entropy_,
      .sample = sample_,
      .pass_on = [this](std::vector<service::Span> spans) { exporter_->take(std::move(spans)); }});
  cores_.push_back(part.get());
  return part;
}

/// No loop of the cores runs any more, so what they still hold can be taken.
void TelemetryPlane::stop() {
  for (CoreTracer* core : cores_) exporter_->take(core->take_rest());
  exporter_->finish(kLastWords);
}

}  // namespace srasta::telemetry
