#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

constexpr std::string_view kSubjects = "principal|key|tenant|model";

RateRule& rate(Config& config) {
  return config.limits.rates.back();
}
BudgetRule& budget(Config& config) {
  return config.limits.budgets.back();
}

LimitPer limit_per(std::string_view text) {
  if (text == "key") return LimitPer::Key;
  if (text == "tenant") return LimitPer::Tenant;
  return text == "model" ? LimitPer::Model : LimitPer::Principal;
}

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "limits", .help = "What a client may take."},
    {.path = "limits.head_timeout", .kind = Kind::Duration, .fallback = "10s", .least = 1,
     .most = 600 * kSecond, .help = "Until a request's head is complete.",
     .set = [](Config& c, const Value& v) { c.limits.head_timeout = Millis(v.number); }},
    {.path = "limits.body_idle", .kind = Kind::Duration, .fallback = "30s", .least = 1,
     .most = 600 * kSecond, .help = "Between two pieces of a request's body.",
     .set = [](Config& c, const Value& v) { c.limits.body_idle = Millis(v.number); }},
    {.path = "limits.body_total", .kind = Kind::Duration, .fallback = "300s", .least = 1,
     .most = 3600 * kSecond, .help = "For a whole request body, however it trickles.",
     .set = [](Config& c, const Value& v) { c.limits.body_total = Millis(v.number); }},
    {.path = "limits.keepalive_idle", .kind = Kind::Duration, .fallback = "75s", .least = 1,
     .most = 3600 * kSecond, .help = "Between two requests of a connection.",
     .set = [](Config& c, const Value& v) { c.limits.keepalive_idle = Millis(v.number); }},
    {.path = "limits.write_idle", .kind = Kind::Duration, .fallback = "30s", .least = 1,
     .most = 600 * kSecond, .help = "While a client takes nothing of its answer.",
     .set = [](Config& c, const Value& v) { c.limits.write_idle = Millis(v.number); }},
    {.path = "limits.connections", .kind = Kind::Count, .fallback = "10000", .least = 1,
     .most = 1'000'000, 
     .help = "Connections at once on each event loop, of which a gateway has one per core. More are "
             "closed at accept, and recorded.",
     .set = [](Config& c, const Value& v) {
       c.limits.connections = static_cast<uint32_t>(v.number);
     }},
    {.path = "limits.json_body", .kind = Kind::Size, .fallback = "32MiB", .least = 1024,
     .most = 256LL << 20, .help = "A request's JSON body.",
     .set = [](Config& c, const Value& v) {
       c.limits.json_body = Bytes{static_cast<uint64_t>(v.number)};
     }},
    {.path = "limits.multipart_body", .kind = Kind::Size, .fallback = "512MiB", .least = 1024,
     .most = int64_t{4} << 30,
     .help = "Largest form with files. It waits on disk, in the data folder.",
     .set = [](Config& c, const Value& v) {
       c.limits.multipart_body = Bytes{static_cast<uint64_t>(v.number)};
     }},

    {.path = "limits.source",
     .help = "What one source address (IPv4 address or IPv6 /64) may take before anybody is "
             "identified."},
    {.path = "limits.source.connections", .kind = Kind::Count, .fallback = "10000", .least = 1,
     .most = 1'000'000, .help = "Connections at once. Proxies in `trusted_proxies` are exempt.",
     .set = [](Config& c, const Value& v) {
       c.limits.source.connections = static_cast<uint32_t>(v.number);
     }},
    {.path = "limits.source.failures", .kind = Kind::Count, .fallback = "2000", .least = 1,
     .most = 1'000'000,
     .help = "Refused credentials in a burst; 200 a second come back. Beyond that, credentials "
             "that were not verified before get 429.",
     .set = [](Config& c, const Value& v) {
       c.limits.source.failures = static_cast<uint32_t>(v.number);
     }},
    {.path = "limits.source.refusal_records", .kind = Kind::Count, .fallback = "20", .least = 1,
     .most = 1'000'000,
     .help = "Refusals before identity that get an audit record of their own, per reason in 10 s; "
             "the rest are counted in `auth.flood`.",
     .set = [](Config& c, const Value& v) {
       c.limits.source.refusal_records = static_cast<uint32_t>(v.number);
     }},

    {.path = "limits.rates", .kind = Kind::Sections,
     .help = "How often callers may ask. Every rule that applies must admit a request; none is "
             "charged when another refuses.",
     .set = [](Config& c, const Value&) { c.limits.rates.emplace_back(); }},
    {.path = "limits.rates[].name", .kind = Kind::Name, .required = true,
     .help = "Each once; a reload keeps counting where the rule of the same name was.",
     .set = [](Config& c, const Value& v) { rate(c).name = v.text; }},
    {.path = "limits.rates[].per", .kind = Kind::Choice, .choices = kSubjects, .required = true,
     .help = "What is counted apart: each caller, each API key, each tenant, or each model as the "
             "caller names it.",
     .set = [](Config& c, const Value& v) { rate(c).per = limit_per(v.text); }},
    {.path = "limits.rates[].roles", .kind = Kind::Name, .list = true,
     .help = "Only callers with one of these roles. Without it: all.",
     .set = [](Config& c, const Value& v) { rate(c).roles = names<base::RoleName>(v); }},
    {.path = "limits.rates[].tenants", .kind = Kind::Name, .list = true,
     .help = "Only these tenants. Without it: all.",
     .set = [](Config& c, const Value& v) { rate(c).tenants = names<base::TenantId>(v); }},
    {.path = "limits.rates[].models", .kind = Kind::Text, .list = true,
     .help = "Only these models; `*` stands for any characters. Without it: all.",
     .set = [](Config& c, const Value& v) { rate(c).models = v.list; }},
    {.path = "limits.rates[].class", .kind = Kind::Choice, .choices = "control|inference",
     .help = "Only routes of this class (docs/limits.md). Without it: all but probes.",
     .set = [](Config& c, const Value& v) { rate(c).route_class = v.text; }},
    {.path = "limits.rates[].burst", .kind = Kind::Count, .least = 1, .most = 1'000'000,
     .required = true, .help = "Requests at once after a pause.",
     .set = [](Config& c, const Value& v) { rate(c).burst = static_cast<uint32_t>(v.number); }},
    {.path = "limits.rates[].every", .kind = Kind::Duration, .least = 1, .most = kDay,
     .required = true, .help = "One more request comes back each time this long has passed.",
     .set = [](Config& c, const Value& v) { rate(c).every = Millis(v.number); }},

    {.path = "limits.streams", .kind = Kind::Sections,
     .help = "Generations in flight at once.",
     .set = [](Config& c, const Value&) { c.limits.streams.emplace_back(); }},
    {.path = "limits.streams[].per", .kind = Kind::Choice, .choices = "principal|tenant",
     .required = true, .help = "What is counted apart.",
     .set = [](Config& c, const Value& v) { c.limits.streams.back().per = limit_per(v.text); }},
    {.path = "limits.streams[].most", .kind = Kind::Count, .least = 1, .most = 1'000'000,
     .required = true, .help = "At once.",
     .set = [](Config& c, const Value& v) {
       c.limits.streams.back().most = static_cast<uint32_t>(v.number);
     }},

    {.path = "limits.budgets", .kind = Kind::Sections,
     .help = "Tokens that may be used in a day or month (UTC). Every rule that applies must have "
             "room.",
     .set = [](Config& c, const Value&) { c.limits.budgets.emplace_back(); }},
    {.path = "limits.budgets[].name", .kind = Kind::Name, .required = true,
     .help = "Each once; use is stored under it.",
     .set = [](Config& c, const Value& v) { budget(c).name = v.text; }},
    {.path = "limits.budgets[].per", .kind = Kind::Choice, .choices = kSubjects, .required = true,
     .help = "What is counted apart.",
     .set = [](Config& c, const Value& v) { budget(c).per = limit_per(v.text); }},
    {.path = "limits.budgets[].roles", .kind = Kind::Name, .list = true,
     .help = "Only callers with one of these roles. Without it: all.",
     .set = [](Config& c, const Value& v) { budget(c).roles = names<base::RoleName>(v); }},
    {.path = "limits.budgets[].tenants", .kind = Kind::Name, .list = true,
     .help = "Only these tenants. Without it: all.",
     .set = [](Config& c, const Value& v) { budget(c).tenants = names<base::TenantId>(v); }},
    {.path = "limits.budgets[].models", .kind = Kind::Text, .list = true,
     .help = "Only these models; `*` stands for any characters. Without it: all.",
     .set = [](Config& c, const Value& v) { budget(c).models = v.list; }},
    {.path = "limits.budgets[].period", .kind = Kind::Choice, .choices = "day|month",
     .required = true, .help = "When the count begins anew, at midnight UTC.",
     .set = [](Config& c, const Value& v) { budget(c).monthly = v.text == "month"; }},
    {.path = "limits.budgets[].tokens", .kind = Kind::Count, .least = 1,
     .most = 1'000'000'000'000, .required = true,
     .help = "Input and output tokens together.",
     .set = [](Config& c, const Value& v) { budget(c).tokens = static_cast<uint64_t>(v.number); }},
    {.path = "limits.default_output", .kind = Kind::Count, .fallback = "4096", .least = 1,
     .most = 10'000'000,
     .help = "Output tokens that a request under a budget may use when it does not say: added to "
             "it as `max_tokens`.",
     .set = [](Config& c, const Value& v) {
       c.limits.default_output = static_cast<uint64_t>(v.number);
     }},
});
// clang-format on

}  // namespace

std::span<const Option> limits_options() {
  return kOptions;
}

}  // namespace srasta::config
