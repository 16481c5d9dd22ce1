#pragma once

#include "service/request.h"
#include "service/route_table.h"
#include "tools/calls.h"

namespace srasta::tools {

/// This plane's REST routes: they bring calls to where all are judged, and answer.
class ToolsCore {
 public:
  explicit ToolsCore(Calls& calls) : calls_(calls) {}
  ToolsCore(const ToolsCore&) = delete;
  ToolsCore& operator=(const ToolsCore&) = delete;

  void bind(service::RouteTable& table);

 private:
  net::Task<void> list(service::Request& request, const access::Caller& caller);
  net::Task<void> call(service::Request& request, const access::Caller& caller);

  Calls& calls_;
};

}  // namespace srasta::tools
