#pragma once

#include "mcp/server.h"
#include "service/request.h"
#include "service/route_table.h"
#include "tools/calls.h"

namespace srasta::tools {

/// The Model Context Protocol's way to the tools: `POST /mcp`. What a call may do is judged where
/// REST's calls are; here messages are read, and what became of a call is put into words.
class McpEndpoint {
 public:
  McpEndpoint(Calls& calls, service::Journal& journal) : calls_(calls), journal_(journal) {}
  McpEndpoint(const McpEndpoint&) = delete;
  McpEndpoint& operator=(const McpEndpoint&) = delete;

  void bind(service::RouteTable& table);

 private:
  net::Task<void> serve(service::Request& request, const access::Caller& caller);
  net::Task<void> reply(service::Request& request, const access::Caller& caller,
                        const mcp::Reply& reply);
  net::Task<mcp::Reply> list(Call& call, const mcp::Asked& asked);
  net::Task<mcp::Reply> call(Call& call, const mcp::Asked& asked);

  Calls& calls_;
  service::Journal& journal_;
};

}  // namespace srasta::tools
