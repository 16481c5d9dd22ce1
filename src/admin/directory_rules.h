#pragma once

#include "access/access_rules.h"
#include "base/result.h"
#include "storage/sql.h"

namespace srasta::admin {

/// Adds to the rules that the configuration file declares what the database says, and its revision.
/// What is declared in the file stays as it is there. A deleted or disabled account is one that
/// nobody is admitted as; an account of the local issuer has its roles of now, whatever its token
/// says; a key has no more than its owner. Code::Corrupt for what cannot be read: then these rules
/// must not be put in force.
[[nodiscard]] base::Result<void> add_directory(access::AccessRules& rules,
                                               sql::Connection& database);

}  // namespace srasta::admin
