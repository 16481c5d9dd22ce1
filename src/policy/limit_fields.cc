#include "policy/limit_fields.h"

#include <array>

namespace srasta::policy {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;
constexpr int64_t kGiB = int64_t{1} << 30;

template <auto Group, auto Member>
constexpr NumberField number(std::string_view group, std::string_view name, int64_t least,
                             int64_t most) {
  return {group,
          name,
          least,
          most,
          [](const Limits& limits) { return (limits.*Group).*Member; },
          [](Limits& limits, int64_t value) { (limits.*Group).*Member = value; }};
}

template <auto Group, auto Member>
constexpr NumberField millis(std::string_view group, std::string_view name, int64_t most) {
  return {group,
          name,
          1,
          most,
          [](const Limits& limits) { return int64_t{((limits.*Group).*Member).count()}; },
          [](Limits& limits, int64_t value) { (limits.*Group).*Member = base::Millis(value); }};
}

template <auto Member>
constexpr PermissionField permission(std::string_view name) {
  return {"patch", name, [](const Limits& limits) { return limits.patch.*Member; },
          [](Limits& limits, bool value) { limits.patch.*Member = value; }};
}

constexpr auto kRequest = &Limits::request;
constexpr auto kPatch = &Limits::patch;
constexpr auto kRead = &Limits::read;
constexpr auto kSearch = &Limits::search;
constexpr auto kRun = &Limits::run;
constexpr auto kRate = &Limits::rate;

constexpr std::array kNumbers = {
    number<kRequest, &RequestLimits::bytes>("request", "maxBytes", 1024, 4 * kMiB),
    number<kRequest, &RequestLimits::depth>("request", "maxDepth", 4, 64),
    number<kRequest, &RequestLimits::string_bytes>("request", "maxStringBytes", 256, 4 * kMiB),
    millis<kRequest, &RequestLimits::timeout>("request", "timeoutMs", 3'600'000),
    number<kPatch, &PatchLimits::bytes>("patch", "maxBytes", 0, 4 * kMiB),
    number<kPatch, &PatchLimits::files>("patch", "maxFiles", 0, 10'000),
    number<kPatch, &PatchLimits::changed_lines>("patch", "maxChangedLines", 0, 1'000'000),
    number<kPatch, &PatchLimits::blob_bytes>("patch", "maxBlobBytes", 0, 64 * kMiB),
    number<kPatch, &PatchLimits::inflated_bytes>("patch", "maxTotalInflatedBytes", 0, 256 * kMiB),
    number<kRead, &ReadLimits::bytes>("read", "maxBytes", 0, 16 * kMiB),
    number<kRead, &ReadLimits::lines>("read", "maxLines", 0, 1'000'000),
    number<kSearch, &SearchLimits::results>("search", "maxResults", 0, 1000),
    millis<kSearch, &SearchLimits::timeout>("search", "timeoutMs", 60'000),
    millis<kRun, &RunLimits::wall>("run", "wallMs", 3'600'000),
    millis<kRun, &RunLimits::cpu>("run", "cpuMs", 36'000'000),
    number<kRun, &RunLimits::memory_bytes>("run", "memBytes", kMiB, 1024 * kGiB),
    number<kRun, &RunLimits::processes>("run", "pids", 1, 32'768),
    number<kRun, &RunLimits::file_bytes>("run", "fsizeBytes", 0, 64 * kGiB),
    number<kRun, &RunLimits::tmp_bytes>("run", "tmpBytes", 0, 64 * kGiB),
    number<kRun, &RunLimits::open_files>("run", "nofile", 8, 65'536),
    number<kRun, &RunLimits::output_bytes>("run", "outputBytes", 0, 16 * kMiB),
    number<kRate, &RateLimits::calls_per_minute>("rate", "perPrincipalPerMin", 1, 100'000),
    number<kRate, &RateLimits::runs_per_principal>("rate", "concurrentRunsPerPrincipal", 0, 1000),
    number<kRate, &RateLimits::runs_per_tenant>("rate", "concurrentRunsPerTenant", 0, 1000),
};

constexpr std::array kPermissions = {
    permission<&PatchLimits::binary>("binary"),
    permission<&PatchLimits::new_executable>("newExecutable"),
    permission<&PatchLimits::bidi>("bidi"),
};

}  // namespace

std::span<const NumberField> number_fields() {
  return kNumbers;
}

std::span<const PermissionField> permission_fields() {
  return kPermissions;
}

}  // namespace srasta::policy
