#pragma once

#include "admin/desk.h"
#include "crypto/hash.h"

#include <string>

namespace srasta::admin {

struct RecoveredOwner {
  std::string tenant;
  std::string name;
  std::string id;         ///< random; of the account, if it has to be made
  crypto::Digest link{};  ///< of the one-time link that sets the password
};

/// A user of the local issuer who is an owner and an administrator, can sign in by the link alone,
/// and is not disabled: the one with that name, or a new one. What he signed in with before counts
/// no more; his sessions and refresh tokens end. For the host, when nobody else can do it. Invalid:
/// a service account has the name.
[[nodiscard]] Answered<std::string> recover_owner(const Desk& desk,
                                                  service::Journal::Change& change,
                                                  const RecoveredOwner& owner);

}  // namespace srasta::admin
