#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "telemetry", .help = "Traces (docs/observability.md). They change only here: nothing "
                                  "that the platform serves can send them elsewhere."},
    {.path = "telemetry.otlp", .help = "Where traces go by OTLP/HTTP. Without `endpoint`: nowhere."},
    {.path = "telemetry.otlp.endpoint", .kind = Kind::Url,
     .help = "Of a collector; without a path it is `/v1/traces`. Plain http only to an address of "
             "the perimeter: loopback, link-local, private.",
     .set = [](Config& c, const Value& v) { c.telemetry.otlp.endpoint = v.text; }},
    {.path = "telemetry.otlp.headers_file", .kind = Kind::File, .secret = true,
     .help = "Header fields to send along, one `name: value` a line. Only over https or loopback.",
     .set = [](Config& c, const Value& v) { c.telemetry.otlp.headers_file = v.text; }},
    {.path = "telemetry.otlp.ca_file", .kind = Kind::File,
     .help = "PEM certificates to trust for the collector in place of the system's.",
     .set = [](Config& c, const Value& v) { c.telemetry.otlp.ca_file = v.text; }},
    {.path = "telemetry.otlp.sample", .kind = Kind::Share, .fallback = "1",
     .most = 1'000'000,
     .help = "Share of the requests without `traceparent` that are traced. Those with one are "
             "traced when its sampled flag is set.",
     .set = [](Config& c, const Value& v) {
       c.telemetry.otlp.sample = static_cast<uint32_t>(v.number);
     }},
});
// clang-format on

}  // namespace

std::span<const Option> telemetry_options() {
  return kOptions;
}

}  // namespace srasta::config
