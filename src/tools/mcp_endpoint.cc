#include "tools/mcp_endpoint.h"

#include "tools/mcp_words.h"
#include "tools/routes.h"

namespace srasta::tools {
namespace {

constexpr int kNotRecorded = 503;

}  // namespace

void McpEndpoint::bind(service::RouteTable& table) {
  table.add(route::kMcp, [this](service::Request& request, const access::Caller& caller) {
    return serve(request, caller);
  });
}

net::Task<void> McpEndpoint::serve(service::Request& request, const access::Caller& caller) {
  const auto wrapped = mcp::unwrap(request.body);
  if (!wrapped) {
    co_await service::answer_error(request, service::ErrorCode::InvalidJson);
    co_return;
  }
  const auto taken = mcp::take(wrapped->fields, wrapped->message, mcp_offer());
  const auto* const asked = std::get_if<mcp::Asked>(&taken);
  if (asked == nullptr) {
    co_await reply(request, caller, std::get<mcp::Reply>(taken));
    co_return;
  }
  Call call = calls_.begin(request, caller);
  const bool calls_tool = asked->method == "tools/call";
  mcp::Reply told;
  if (calls_tool) {
    told = co_await this->call(call, *asked);
  } else {
    told = co_await list(call, *asked);
  }
  if (told.status == kNotRecorded) {
    co_await service::answer_error(request, service::ErrorCode::AuditUnavailable);
    co_return;
  }
  co_await reply(request, caller, told);
}

net::Task<mcp::Reply> McpEndpoint::list(Call& call, const mcp::Asked& asked) {
  // All tools are on the first page: nobody was given a cursor.
  if (asked.members.find("cursor") != nullptr) {
    co_return mcp::fault_reply({.code = mcp::kInvalidParams,
                                .reason = "ARG_SCHEMA",
                                .what = "This cursor was not given out here.",
                                .id = asked.id},
                               200);
  }
  const Told told = co_await calls_.list(call);
  if (told.not_recorded) co_return mcp::Reply{.status = kNotRecorded, .body = {}};
  co_return mcp_list_reply(asked, told);
}

net::Task<mcp::Reply> McpEndpoint::call(Call& call, const mcp::Asked& asked) {
  const Told told = co_await calls_.call(call, asked.name, asked.arguments);
  if (told.not_recorded) co_return mcp::Reply{.status = kNotRecorded, .body = {}};
  co_return mcp_call_reply(asked, call, told);
}

net::Task<void> McpEndpoint::reply(service::Request& request, const access::Caller& caller,
                                   const mcp::Reply& reply) {
  if (!reply.fault.empty()) {
    co_await journal_.refused(request, &caller, audit::Act::HttpReject, "mcp_message");
  }
  std::string fields = request.common_fields() + "Cache-Control: no-store\r\n";
  if (!reply.body.empty()) fields += "Content-Type: application/json\r\n";
  (void)co_await request.exchange.respond(reply.status, fields, reply.body);
}

}  // namespace srasta::tools
