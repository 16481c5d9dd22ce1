#include "telemetry/otlp_json.h"

#include "json/writer.h"

#include <fmt/format.h>

namespace srasta::telemetry {
namespace {

constexpr int64_t kServer = 2;
constexpr int64_t kClient = 3;
constexpr int64_t kError = 2;

void write_attribute(json::Writer& out, const service::SpanAttribute& attribute) {
  out.begin_object().member("key", attribute.key).key("value").begin_object();
  if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    out.member("stringValue", std::string_view(*text));
  } else if (const auto* number = std::get_if<int64_t>(&attribute.value)) {
    out.member("intValue", std::string_view(std::to_string(*number)));
  } else {
    out.key("doubleValue").raw(fmt::format("{}", std::get<double>(attribute.value)));
  }
  out.end_object().end_object();
}

std::string nanos(base::WallTime time) {
  return fmt::format("{}000", time.time_since_epoch().count());
}

void write_span(json::Writer& out, const service::Span& span) {
  out.begin_object()
      .member("traceId", std::string_view(span.trace_id))
      .member("spanId", std::string_view(span.span_id));
  if (!span.parent_id.empty()) out.member("parentSpanId", std::string_view(span.parent_id));
  out.member("name", std::string_view(span.name))
      .member("kind", span.kind == service::Span::Kind::Server ? kServer : kClient)
      .member("startTimeUnixNano", std::string_view(nanos(span.start)))
      .member("endTimeUnixNano", std::string_view(nanos(span.end)));
  out.key("attributes").begin_array();
  for (const service::SpanAttribute& attribute : span.attributes) write_attribute(out, attribute);
  out.end_array();
  out.key("status").begin_object();
  if (span.failed) out.member("code", kError);
  out.end_object().end_object();
}

}  // namespace

std::string otlp_json(const Resource& resource, std::span<const service::Span> spans) {
  json::Writer out;
  out.begin_object().key("resourceSpans").begin_array().begin_object();
  out.key("resource").begin_object().key("attributes").begin_array();
  write_attribute(out, {"service.name", resource.service});
  write_attribute(out, {"service.version", resource.version});
  write_attribute(out, {"service.instance.id", resource.instance});
  out.end_array().end_object();
  out.key("scopeSpans").begin_array().begin_object();
  out.key("scope").begin_object().member("name", "srasta");
  out.member("version", std::string_view(resource.version)).end_object();
  out.key("spans").begin_array();
  for (const service::Span& span : spans) write_span(out, span);
  out.end_array().end_object().end_array();
  out.end_object().end_array().end_object();
  return out.take();
}

}  // namespace srasta::telemetry
