#include "mcp/reply.h"

#include "json/writer.h"

#include <fmt/format.h>

namespace srasta::mcp {
namespace {

std::string quoted(std::string_view text) {
  json::Writer writer;
  return writer.string(text).take();
}

}  // namespace

Reply result_reply(std::string_view id, bool stateless, const ServerFacts& server,
                   std::string_view members, std::string_view meta, std::string_view type) {
  std::string_view inner = members.substr(1, members.size() - 2);
  std::string head;
  if (stateless) {
    head = fmt::format(
        R"("resultType":"{}","_meta":{{{}"io.modelcontextprotocol/serverInfo":{{"name":{},"version":{}}}}})",
        type, meta, quoted(server.name), quoted(server.version));
  } else if (!meta.empty()) {
    head = fmt::format(R"("_meta":{{{}}})", meta.substr(0, meta.size() - 1));
  }
  const std::string_view comma = !head.empty() && !inner.empty() ? "," : "";
  return {.body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{{}{}{}}}}})", id, head, comma,
                              inner)};
}

Reply fault_reply(const Fault& fault, int status, std::string_view data) {
  const std::string id = fault.id.empty() ? std::string() : fmt::format(R"("id":{},)", fault.id);
  return {
      .status = status,
      .body = fmt::format(
          R"({{"jsonrpc":"2.0",{}"error":{{"code":{},"message":{},"data":{{"reason":"{}"{}}}}}}})",
          id, fault.code, quoted(fault.what), fault.reason, data),
      .fault = fault.reason};
}

}  // namespace srasta::mcp
