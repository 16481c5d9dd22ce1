#include "service/trace.h"

#include "access/caller.h"
#include "http/trace_context.h"
#include "service/request.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

namespace srasta::service {

RequestTrace::RequestTrace(Tracer& tracer, TracePlace place, const base::Clock& clock,
                           std::string tenant)
    : tracer_(tracer),
      place_(std::move(place)),
      tenant_(std::move(tenant)),
      wall_(clock.wall()),
      mono_(clock.mono()) {}

base::WallTime RequestTrace::wall_of(base::MonoTime moment) const {
  return wall_ + (moment - mono_);
}

Span RequestTrace::child(std::string name, base::MonoTime start) {
  return {.trace_id = place_.trace_id,
          .span_id = tracer_.new_span_id(),
          .parent_id = place_.span_id,
          .name = std::move(name),
          .kind = Span::Kind::Client,
          .start = wall_of(start),
          .attributes = {}};
}

std::string RequestTrace::parent_for(const Span& span) const {
  return fmt::format("00-{}-{}-{}", span.trace_id, span.span_id, place_.flags);
}

void RequestTrace::finish_child(Span span, base::MonoTime end) {
  span.end = wall_of(end);
  tracer_.finished(std::move(span));
}

void RequestTrace::fail(std::string_view error) {
  if (error_.empty()) error_ = error;
}

void RequestTrace::finish(const Request& request, base::MonoTime now) {
  // Only requests with a route get as far as a caller.
  const std::string method(to_string(request.route->method));
  const std::string route(request.route->path);
  const int status = request.exchange.status();
  Span span{.trace_id = place_.trace_id,
            .span_id = place_.span_id,
            .parent_id = place_.parent_id,
            .name = method + " " + route,
            .kind = Span::Kind::Server,
            .start = wall_of(request.exchange.started()),
            .end = wall_of(now),
            .attributes = {{"http.request.method", method},
                           {"http.route", route},
                           {"srasta.request_id", request.id.str()},
                           {"srasta.tenant", tenant_}},
            .failed = broke_ || status >= 500};
  if (status > 0) span.attributes.push_back({"http.response.status_code", int64_t{status}});
  if (!error_.empty()) span.attributes.push_back({"error.type", error_});
  tracer_.finished(std::move(span));
}

void begin_trace(Tracer& tracer, Request& request, const access::Caller& caller) {
  auto place = tracer.place(http::find_trace_parent(request.exchange.head().fields));
  if (!place) return;
  request.trace = std::make_unique<RequestTrace>(
      tracer, *std::move(place), request.exchange.loop().clock(), caller.tenant().str());
}

}  // namespace srasta::service
