#pragma once

#include "policy/limits.h"

#include <span>
#include <string_view>

// Private to policy/.
namespace srasta::policy {

/// A limit that is a number, as the document names it.
struct NumberField {
  std::string_view group;  ///< "patch"
  std::string_view name;   ///< "maxBytes"
  int64_t least = 0;
  int64_t most = 0;  ///< no document may ask for more
  int64_t (*get)(const Limits&) = nullptr;
  void (*set)(Limits&, int64_t) = nullptr;
};
/// One that is `allow` or `deny`.
struct PermissionField {
  std::string_view group;
  std::string_view name;
  bool (*get)(const Limits&) = nullptr;
  void (*set)(Limits&, bool) = nullptr;
};

[[nodiscard]] std::span<const NumberField> number_fields();
[[nodiscard]] std::span<const PermissionField> permission_fields();

}  // namespace srasta::policy
