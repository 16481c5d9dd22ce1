#pragma once

#include "admin/sign_in/sign_in.h"
#include "service/route_table.h"

namespace srasta::admin {

/// Adds what the gateway asks the sign-in for: POST /internal/web, a request for a page, and POST
/// /internal/session, whom a session's cookie stands for. Nobody but a service that acts for itself
/// is answered. All must outlive the requests.
void bind_sign_in(service::RouteTable& table, service::Journal& journal, SignIn& sign_in);

}  // namespace srasta::admin
