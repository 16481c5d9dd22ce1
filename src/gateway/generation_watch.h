#pragma once

#include "gateway/generation_metrics.h"
#include "gateway/relay.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"
#include "inference/request_edit.h"
#include "service/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::gateway {

[[nodiscard]] GenerationOutcome ended_as(const RelayEnd& end);

/// What metrics and traces learn of one generation: each attempt at a server, and how it ended.
/// Between `begin` and `end` there is one attempt; `finish` comes once.
class GenerationWatch {
 public:
  /// All must outlive it.
  GenerationWatch(GenerationMetrics& metrics, service::Request& request,
                  const inference::RequestView& view, const inference::Offer& offer);

  /// For a place at `upstream` since `began`, before an attempt begins or none does.
  void waited(const UpstreamSpec& upstream, base::MonoTime began);
  void begin(const UpstreamSpec& upstream, std::string_view model);
  /// Of the attempt that runs; null before the first one.
  [[nodiscard]] StreamPace* pace() { return pace_ ? &*pace_ : nullptr; }
  /// What the server is told of the trace; empty: what the client said. Of the attempt that runs.
  [[nodiscard]] std::string_view trace_parent() const { return trace_parent_; }
  void end(const RelayEnd& end);
  /// `end`: of the last attempt.
  void finish(const RelayEnd& end);

 private:
  [[nodiscard]] GenerationMetrics::Cell& cell_of(const UpstreamSpec& upstream);
  [[nodiscard]] service::Span span_of(const UpstreamSpec& upstream, std::string_view model) const;
  void finish_span(service::Span span, const RelayEnd& end);

  GenerationMetrics& metrics_;
  service::Request& request_;
  const inference::RequestView& view_;
  const bool is_alias_;
  GenerationMetrics::Cell* cell_ = nullptr;
  std::optional<StreamPace> pace_;
  std::optional<service::Span> span_;
  std::string trace_parent_;
};

}  // namespace srasta::gateway
