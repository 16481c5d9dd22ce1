// Question: is every message either refused with a reason, or read as what a second reading of what
// was read gives; and does what was wrapped come back?
#include "input.h"
#include "mcp/server.h"

#include <array>

using srasta::fuzz::require;
namespace mcp = srasta::mcp;

namespace {

constexpr std::array<std::string_view, 2> kMethods = {"tools/list", "tools/call"};
constexpr mcp::Offer kOffer{.server = {.name = "fuzz", .version = "1"},
                            .capabilities = "{}",
                            .handshake_capabilities = "{}",
                            .methods = kMethods,
                            .handshake_methods = kMethods};

void check_taken(const mcp::HttpFields& fields, std::string_view text) {
  const auto taken = mcp::take(fields, text, kOffer);
  if (const auto* const reply = std::get_if<mcp::Reply>(&taken)) {
    const bool has_body = !reply->body.empty();
    require(has_body ? mcp::read_message(reply->body).has_value() : reply->status == 202);
    return;
  }
  const auto& asked = std::get<mcp::Asked>(taken);
  require(!asked.id.empty());
  require(mcp::read_members(asked.params).has_value());
  if (asked.stateless) require(mcp::meant_value(*fields.method) == asked.method);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = srasta::fuzz::text_of(data, size);
  const mcp::HttpFields older{.accept = "*/*", .version = "2025-11-25", .method = {}, .name = {}};
  check_taken(older, input);
  const auto wrapped = mcp::unwrap(input);
  if (!wrapped) return 0;
  check_taken(wrapped->fields, wrapped->message);
  const std::string again = mcp::wrap(wrapped->fields, wrapped->message);
  const auto back = mcp::unwrap(again);
  require(back && back->message == wrapped->message);
  require(back->fields.name == wrapped->fields.name);
  return 0;
}
