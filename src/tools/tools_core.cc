#include "tools/tools_core.h"

#include "tools/answer.h"
#include "tools/routes.h"

namespace srasta::tools {

void ToolsCore::bind(service::RouteTable& table) {
  table.add(route::kTools, [this](service::Request& request, const access::Caller& caller) {
    return list(request, caller);
  });
  table.add(route::kCall, [this](service::Request& request, const access::Caller& caller) {
    return call(request, caller);
  });
}

net::Task<void> ToolsCore::list(service::Request& request, const access::Caller& caller) {
  Call asked = calls_.begin(request, caller);
  const Told told = co_await calls_.list(asked);
  if (told.done()) {
    co_await service::answer_json(request, told.result);
  } else {
    co_await answer(asked, told);
  }
}

net::Task<void> ToolsCore::call(service::Request& request, const access::Caller& caller) {
  Call asked = calls_.begin(request, caller);
  const Told told = co_await calls_.call(asked, request.path_parameter, request.body);
  co_await answer(asked, told);
}

}  // namespace srasta::tools
