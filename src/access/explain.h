#pragma once

#include "access/caller.h"
#include "access/snapshot.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::access {

/// "May somebody with this credential do that?"
struct Question {
  std::string issuer;  ///< as principals are named by: "local", "key" or a URL
  std::string subject;
  base::TenantId tenant;
  std::vector<base::RoleName> roles;                   ///< as the token would say
  std::optional<PermissionSet> scopes = std::nullopt;  ///< set: the token narrows itself
  std::vector<std::string> personas = {};
  std::vector<Delegate> delegates = {};
  std::string persona = {};  ///< chosen one
  std::string key_id = {};   ///< then subject, tenant, roles and personas are the key's
  int64_t now = 0;           ///< seconds since 1970, for keys; 0: their expiry is not looked at
  Permission action{};
  std::optional<std::string> model = std::nullopt;
};

struct Explanation {
  bool allowed = false;
  std::string rule;                        ///< what decided, in words
  std::string reason;                      ///< audit reason of the refusal; empty when allowed
  std::vector<base::RoleName> roles = {};  ///< that count
  uint64_t revision = 0;
};

/// What `caller` himself would ask.
[[nodiscard]] Question question_of(const Caller& caller);

/// The answer of `snapshot`, by the rules that requests go through.
[[nodiscard]] Explanation explain(const AccessSnapshot& snapshot, const Question& question);

}  // namespace srasta::access
