#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

Witness& witness(Config& config) {
  return config.audit.witnesses.back();
}

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "audit", .help = "The tamper-evident log."},
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
});
// clang-format on

}  // namespace

std::span<const Option> audit_options() {
  return kOptions;
}

}  // namespace srasta::config
