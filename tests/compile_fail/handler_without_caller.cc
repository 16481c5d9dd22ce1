// A handler of a private route that does not ask who calls.
#include "service/route_table.h"

void bind(srasta::service::RouteTable& table, const srasta::service::RouteSpec& route) {
  table.add(route, [](srasta::service::Request&) -> srasta::net::Task<void> { co_return; });
}
