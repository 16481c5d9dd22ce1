#pragma once

#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "base/result.h"
#include "config/config.h"
#include "service/hosted_plane.h"
#include "telemetry/core_tracer.h"
#include "telemetry/span_exporter.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace srasta::telemetry {

/// The plane that sends traces out. It has no routes; the process that hosts it gives it the spans
/// of its requests. What the configuration says at the start holds until the end.
class TelemetryPlane final : public service::HostedPlane {
 public:
  /// Everything outlives it. Reads the files that `config` names, which has an endpoint.
  /// `instance`: the id of the installation.
  static base::Result<std::unique_ptr<TelemetryPlane>> open(const config::Otlp& config,
                                                            std::string instance,
                                                            const base::Clock& clock,
                                                            base::Entropy& entropy, base::Log& log);
  TelemetryPlane(uint32_t sample, std::unique_ptr<SpanExporter> exporter, base::Entropy& entropy)
      : sample_(sample), exporter_(std::move(exporter)), entropy_(entropy) {}

  [[nodiscard]] std::span<const service::RouteSpec* const> routes() const override { return {}; }
  [[nodiscard]] std::unique_ptr<service::CorePlane> open_core(
      const service::PlaneCore& core) override;
  void start() override {}
  void add_metrics(base::MetricsPage& page) const override { exporter_->add_metrics(page); }
  void stop() override;

 private:
  const uint32_t sample_;
  std::unique_ptr<SpanExporter> exporter_;
  base::Entropy& entropy_;
  std::vector<CoreTracer*> cores_;
};

}  // namespace srasta::telemetry
