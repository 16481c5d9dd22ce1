#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "tools", .help = "The tool gateway (docs/tools.md). It runs when there is a policy. All of this changes only "
                              "here: nothing that the platform serves can give agents more."},
    {.path = "tools.policies", .kind = Kind::File, .list = true,
     .help = "Policy documents, one for a tenant, each signed: beside FILE lies FILE.sig, as `srasta policy sign` makes it.",
     .set = [](Config& c, const Value& v) { c.tools.policies = v.list; }},
    {.path = "tools.policy_keys", .kind = Kind::File, .list = true,
     .help = "Files with an Ed25519 public key each, 32 bytes in base64url, that only root may write. Policies count that "
             "one of them signed. Without any: those that this installation's own key signed, which is for trials.",
     .set = [](Config& c, const Value& v) { c.tools.policy_keys = v.list; }},
    {.path = "tools.repositories", .kind = Kind::File, .list = true,
     .help = "Folders in which the repositories of policies may lie; the service reaches no other ones. Default: "
             "`repositories` in the data folder.",
     .set = [](Config& c, const Value& v) { c.tools.repositories = v.list; }},
});
// clang-format on

}  // namespace

std::span<const Option> tools_options() {
  return kOptions;
}

}  // namespace srasta::config
