#include "access/permission_names.h"

namespace srasta::access {

std::vector<std::string> names_of(PermissionSet permissions) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (permissions.contains(permission)) names.emplace_back(to_string(permission));
  }
  return names;
}

}  // namespace srasta::access
