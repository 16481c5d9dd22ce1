#include "admin/export.h"

#include "admin/account_changes.h"
#include "admin/groups.h"
#include "admin/keys.h"
#include "admin/roles.h"
#include "admin/tenants.h"

#include <limits>

namespace srasta::admin {
namespace {

constexpr int64_t kAll = std::numeric_limits<int64_t>::max() - 1;

/// Documents with one list each become members of one document.
void append_members(std::string& document, std::string_view object) {
  object.remove_prefix(1);
  object.remove_suffix(1);
  if (document.size() > 1) document += ',';
  document.append(object);
}

/// Without the cursor that a page has behind its list.
std::string_view list_of(std::string_view page) {
  return page.substr(0, page.rfind(R"(,"next":)"));
}

}  // namespace

Answered<std::string> export_all(const Desk& desk) {
  SRASTA_ANSWER_ASSIGN(const std::string tenants, list_tenants(desk));
  SRASTA_ANSWER_ASSIGN(const std::string users, list_accounts(desk, {.limit = kAll}));
  SRASTA_ANSWER_ASSIGN(const std::string groups, list_groups(desk));
  SRASTA_ANSWER_ASSIGN(const std::string roles, list_roles(desk));
  SRASTA_ANSWER_ASSIGN(const std::string keys, list_keys(desk, {.limit = kAll}));
  std::string document = "{";
  append_members(document, tenants);
  append_members(document, std::string(list_of(users)) + "}");
  append_members(document, groups);
  append_members(document, roles);
  append_members(document, std::string(list_of(keys)) + "}");
  return document + "}";
}

}  // namespace srasta::admin
