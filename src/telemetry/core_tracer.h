#pragma once

#include "base/entropy.h"
#include "net/loop.h"
#include "net/timer.h"
#include "service/hosted_plane.h"
#include "service/trace.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::telemetry {

/// One core's part of tracing: decides what is recorded, makes ids, and passes finished spans on in
/// runs, so that a span costs the core no lock.
class CoreTracer final : public service::CorePlane, public service::Tracer, private net::Timer {
 public:
  static constexpr size_t kRun = 64;
  static constexpr base::Millis kLongest{200};  ///< that a span waits here

  struct Parts {
    net::Loop& loop;
    base::Entropy& entropy;
    uint32_t sample = 0;  ///< of a million traces that begin here
    /// Called on the loop.
    std::function<void(std::vector<service::Span>)> pass_on;
  };
  explicit CoreTracer(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] std::optional<service::TracePlace> place(
      std::optional<std::string_view> trace_parent) override;
  [[nodiscard]] std::string new_span_id() override { return random_id(8); }
  void finished(service::Span span) override;

  /// Spans that were not passed on yet.
  [[nodiscard]] std::vector<service::Span> take_rest();

  void bind(service::RouteTable& /*table*/) override {}
  void recheck(const std::shared_ptr<const identity::IdentitySnapshot>& /*snapshot*/) override {}
  [[nodiscard]] service::Tracer* tracer() override { return this; }

 private:
  void on_timeout() override { parts_.pass_on(take_rest()); }
  [[nodiscard]] std::string_view random(size_t size);
  [[nodiscard]] std::string random_id(size_t size);
  [[nodiscard]] bool is_drawn();

  const Parts parts_;
  std::string random_;  // unused bytes behind `used_`
  size_t used_ = 0;
  std::vector<service::Span> spans_;
};

}  // namespace srasta::telemetry
