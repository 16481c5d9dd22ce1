#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "license", .help = "Whose licenses count (docs/license.md)."},
    {.path = "license.trusted_keys", .kind = Kind::File, .list = true,
     .help = "Files with an Ed25519 public key each, 32 bytes in base64url, that only root may "
             "write. Without any no license can be installed, and the platform is the community "
             "edition. They change only here: nothing that the platform serves can add one.",
     .set = [](Config& c, const Value& v) { c.license.trusted_keys = v.list; }},
});
// clang-format on

}  // namespace

std::span<const Option> license_options() {
  return kOptions;
}

}  // namespace srasta::config
