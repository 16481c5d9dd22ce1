#pragma once

#include "admin/desk.h"

#include <string>

namespace srasta::admin {

/// Those within the actor's reach, of the file and of the database.
[[nodiscard]] Answered<std::string> list_tenants(const Desk& desk);

struct NewTenant {
  std::string name;
  std::string folder;  ///< random
};
[[nodiscard]] Answered<std::string> create_tenant(const Desk& desk,
                                                  service::Journal::Change& change,
                                                  const NewTenant& tenant);
/// Nobody of a suspended tenant is admitted; its data stays.
[[nodiscard]] Answered<std::string> suspend_tenant(const Desk& desk,
                                                   service::Journal::Change& change,
                                                   const std::string& name, bool suspended);

}  // namespace srasta::admin
