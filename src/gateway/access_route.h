#pragma once

#include "access/caller.h"
#include "access/snapshot.h"
#include "base/clock.h"
#include "service/journal.h"
#include "service/request.h"

namespace srasta::gateway {

/// POST /srasta/v1/access/explain: whether somebody of the caller's tenant may do something, and
/// why, by the rules that requests go through. Without `subject`, `roles` and `key` it is about the
/// caller. Members: action (a permission), model, subject, issuer ("local"), tenant (the caller's),
/// roles, personas, persona, key.
net::Task<void> answer_explain(service::Request& request, const access::Caller& caller,
                               const access::AccessSnapshot& snapshot, service::Journal& journal,
                               base::WallTime now);

}  // namespace srasta::gateway
