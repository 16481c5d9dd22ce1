#include "telemetry/core_tracer.h"

#include "base/encoding.h"
#include "http/trace_context.h"

#include <utility>

namespace srasta::telemetry {
namespace {

/// What the kernel is asked for at once.
constexpr size_t kRandomBytes = 1024;
constexpr std::string_view kSampled = "01";

/// W3C Trace Context section 3.2.2.5: the lowest bit says that the caller records.
bool is_sampled(std::string_view flags) {
  const char last = flags.back();
  const int digit = last <= '9' ? last - '0' : last - 'a' + 10;
  return (digit & 1) != 0;
}

}  // namespace

std::string_view CoreTracer::random(size_t size) {
  if (random_.size() - used_ < size) {
    random_ = base::random_bytes(parts_.entropy, kRandomBytes);
    used_ = 0;
  }
  used_ += size;
  return std::string_view(random_).substr(used_ - size, size);
}

/// An id of zeros means that there is none.
std::string CoreTracer::random_id(size_t size) {
  std::string_view bytes = random(size);
  while (bytes.find_first_not_of('\0') == std::string_view::npos) bytes = random(size);
  return base::to_hex(bytes);
}

bool CoreTracer::is_drawn() {
  uint64_t drawn = 0;
  for (const char byte : random(4)) drawn = (drawn << 8) | static_cast<uint8_t>(byte);
  return (drawn * 1'000'000) >> 32 < parts_.sample;
}

std::optional<service::TracePlace> CoreTracer::place(std::optional<std::string_view> trace_parent) {
  if (!trace_parent) {
    if (!is_drawn()) return std::nullopt;
    return service::TracePlace{.trace_id = random_id(16),
                               .span_id = random_id(8),
                               .parent_id = {},
                               .flags = std::string(kSampled)};
  }
  const std::string_view flags = trace_parent->substr(53);
  if (!is_sampled(flags)) return std::nullopt;
  return service::TracePlace{.trace_id = std::string(http::trace_id_of(*trace_parent)),
                             .span_id = random_id(8),
                             .parent_id = std::string(http::parent_id_of(*trace_parent)),
                             .flags = std::string(flags)};
}

void CoreTracer::finished(service::Span span) {
  spans_.push_back(std::move(span));
  if (spans_.size() >= kRun) {
    disarm();
    parts_.pass_on(take_rest());
  } else if (!armed()) {
    parts_.loop.timers().arm(*this, parts_.loop.now() + base::Micros(kLongest));
  }
}

std::vector<service::Span> CoreTracer::take_rest() {
  return std::exchange(spans_, {});
}

}  // namespace srasta::telemetry
