#pragma once

#include "admin/desk.h"

#include <string>
#include <vector>

namespace srasta::admin {

/// Groups give their roles to their members, who are accounts of the local issuer in one tenant.
[[nodiscard]] Answered<std::string> list_groups(const Desk& desk);
[[nodiscard]] Answered<std::string> show_group(const Desk& desk, const std::string& id);

struct NewGroup {
  std::string id;  ///< random
  std::string tenant;
  std::string name;
  std::vector<std::string> roles;
};
[[nodiscard]] Answered<std::string> create_group(const Desk& desk, service::Journal::Change& change,
                                                 const NewGroup& group);

struct GroupContent {
  std::vector<std::string> roles;
  std::vector<std::string> members;  ///< ids of accounts
};
/// Replaces both. Nobody brings himself in or out.
[[nodiscard]] Answered<std::string> set_group(const Desk& desk, service::Journal::Change& change,
                                              const std::string& id, const GroupContent& content);
[[nodiscard]] Answered<std::string> delete_group(const Desk& desk, service::Journal::Change& change,
                                                 const std::string& id);

}  // namespace srasta::admin
