#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace srasta::access {
class Caller;
}  // namespace srasta::access

namespace srasta::service {

struct Request;

/// One fact about a span. Values are names of the configuration, ids, counts and words of closed
/// sets: never text of a request or an answer, header fields or credentials.
struct SpanAttribute {
  std::string_view key;  ///< a literal
  std::variant<std::string, int64_t, double> value;
};

/// One step of a request, as OpenTelemetry has it. Ids are lower-case hexadecimal.
struct Span {
  enum class Kind : uint8_t { Server, Client };

  std::string trace_id;   ///< 32 digits
  std::string span_id;    ///< 16 digits
  std::string parent_id;  ///< 16 digits; empty: the first of its trace
  std::string name;
  Kind kind = Kind::Server;
  base::WallTime start{};
  base::WallTime end{};
  std::vector<SpanAttribute> attributes;
  bool failed = false;
};

/// Where a request stands in a trace that is recorded.
struct TracePlace {
  std::string trace_id;
  std::string span_id;    ///< of the request itself
  std::string parent_id;  ///< empty: the trace begins here
  std::string flags;      ///< of W3C Trace Context, two digits, for who is asked next
};

/// Takes the spans of one core; on its loop only.
class Tracer {
 public:
  /// The place of a request with this well-formed traceparent, or without one; nothing: it is not
  /// recorded.
  [[nodiscard]] virtual std::optional<TracePlace> place(
      std::optional<std::string_view> trace_parent) = 0;
  [[nodiscard]] virtual std::string new_span_id() = 0;
  /// Never waits. What there is no room for is dropped and counted.
  virtual void finished(Span span) = 0;

 protected:
  ~Tracer() = default;
};

/// A request that is traced, from the moment its caller is known.
class RequestTrace {
 public:
  /// `tracer` outlives it. `clock` is read once: spans of a request are as far apart as monotonic
  /// time says.
  RequestTrace(Tracer& tracer, TracePlace place, const base::Clock& clock, std::string tenant);

  [[nodiscard]] std::string_view trace_id() const { return place_.trace_id; }
  [[nodiscard]] std::string_view span_id() const { return place_.span_id; }

  /// A span of something that the request has others do. To be given to `finish_child`.
  [[nodiscard]] Span child(std::string name, base::MonoTime start);
  /// The traceparent for whom `span` asks.
  [[nodiscard]] std::string parent_for(const Span& span) const;
  void finish_child(Span span, base::MonoTime end);

  /// What the request ended with: an error code of ours, or an audit reason where the answer had
  /// begun. The first one stays.
  void fail(std::string_view error);
  /// The platform or an engine could not do it, though the status says nothing of that.
  void broke() { broke_ = true; }
  /// Once, when the answer is over.
  void finish(const Request& request, base::MonoTime now);

 private:
  [[nodiscard]] base::WallTime wall_of(base::MonoTime moment) const;

  Tracer& tracer_;
  const TracePlace place_;
  const std::string tenant_;
  const base::WallTime wall_;
  const base::MonoTime mono_;  // the same moment as `wall_`
  std::string error_;
  bool broke_ = false;
};

/// Sets `request.trace` if `tracer` wants it.
void begin_trace(Tracer& tracer, Request& request, const access::Caller& caller);

}  // namespace srasta::service
