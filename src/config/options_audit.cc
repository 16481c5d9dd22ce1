#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

Witness& witness(Config& config) {
  return config.audit.witnesses.back();
}
Sink& sink(Config& config) {
  return config.audit.sinks.back();
}

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "audit", .help = "The tamper-evident log."},
    {.path = "audit.identifiers", .kind = Kind::Choice, .fallback = "plain_ids",
     .choices = "plain_ids|committed",
     .help = "How records name callers: `plain_ids` by their ids where these look made up by the "
             "provider, else by commitments, which can be erased (docs/audit.md); `committed` all "
             "by commitments.",
     .set = [](Config& c, const Value& v) {
       c.audit.identifiers =
           v.text == "committed" ? Identifiers::Committed : Identifiers::PlainIds;
     }},
    {.path = "audit.retention", .kind = Kind::Duration, .fallback = "180d", .least = kDay,
     .most = 36'500 * kDay,
     .help = "How long records stay: `srasta audit prune`, which a timer of yours runs, removes "
             "older ones unless a legal hold keeps them (docs/audit.md).",
     .set = [](Config& c, const Value& v) { c.audit.retention = Millis(v.number); }},
    {.path = "audit.witnesses", .kind = Kind::Sections,
     .help = "Witnesses on other hosts that cosign the log's checkpoints (docs/witness.md). They "
             "change only here: nothing that the platform serves can add, change or remove one.",
     .set = [](Config& c, const Value&) { c.audit.witnesses.emplace_back(); }},
    {.path = "audit.witnesses[].url", .kind = Kind::Url, .required = true,
     .help = "Where it answers, without `/add-checkpoint`. https, or http on loopback.",
     .set = [](Config& c, const Value& v) { witness(c).url = v.text; }},
    {.path = "audit.witnesses[].key", .kind = Kind::WitnessKey, .required = true,
     .help = "Its public key. Other cosignatures than those of this key do not count.",
     .set = [](Config& c, const Value& v) { witness(c).key = v.text; }},
    {.path = "audit.witnesses[].ca_file", .kind = Kind::File,
     .help = "PEM certificates to trust for this witness in place of the system's.",
     .set = [](Config& c, const Value& v) { witness(c).ca_file = v.text; }},
    {.path = "audit.sinks", .kind = Kind::Sections,
     .help = "Where copies of the log go (docs/forwarding.md). They change only here: nothing that "
             "the platform serves can add, change or remove one.",
     .set = [](Config& c, const Value&) { c.audit.sinks.emplace_back(); }},
    {.path = "audit.sinks[].name", .kind = Kind::Name, .required = true,
     .help = "Each once; 1 to 41 of a-z 0-9 -. How far a sink got is stored under it.",
     .set = [](Config& c, const Value& v) { sink(c).name = v.text; }},
    {.path = "audit.sinks[].url", .kind = Kind::SinkUrl, .required = true,
     .help = "A webhook, or a syslog receiver (port 6514 unless given).",
     .set = [](Config& c, const Value& v) { sink(c).url = v.text; }},
    {.path = "audit.sinks[].ca_file", .kind = Kind::File,
     .help = "PEM certificates to trust for this sink in place of the system's.",
     .set = [](Config& c, const Value& v) { sink(c).ca_file = v.text; }},
    {.path = "audit.sinks[].cert_file", .kind = Kind::File,
     .help = "PEM certificate chain to show to the sink, the own one first.",
     .set = [](Config& c, const Value& v) { sink(c).cert_file = v.text; }},
    {.path = "audit.sinks[].key_file", .kind = Kind::File, .secret = true,
     .help = "PEM private key of `cert_file`.",
     .set = [](Config& c, const Value& v) { sink(c).key_file = v.text; }},
    {.path = "audit.sinks[].secret_file", .kind = Kind::File, .secret = true,
     .help = "Of a webhook: the secret that signs each batch, `whsec_` and the base64 of 24 to 64 "
             "random bytes (Standard Webhooks).",
     .set = [](Config& c, const Value& v) { sink(c).secret_file = v.text; }},
    {.path = "audit.sinks[].streams", .kind = Kind::Name, .list = true,
     .help = "Only these streams of the log. Without it: all.",
     .set = [](Config& c, const Value& v) { sink(c).streams = v.list; }},
    {.path = "audit.sinks[].lag_after", .kind = Kind::Duration, .fallback = "5m",
     .least = kSecond, .most = 30 * kDay,
     .help = "A sink that lacks a record of this age, or 100,000 records, is said to lag: on "
             "standard error and in a record `log.sink.lag`.",
     .set = [](Config& c, const Value& v) { sink(c).lag_after = Millis(v.number); }},
});
// clang-format on

}  // namespace

std::span<const Option> audit_options() {
  return kOptions;
}

}  // namespace srasta::config
