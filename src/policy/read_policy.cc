#include "policy/read_policy.h"

#include "base/encoding.h"
#include "config/values.h"
#include "crypto/hash.h"
#include "policy/draft.h"

#include <limits>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

void read_metadata(Draft& draft, const Field& field) {
  ValueReader& reader = draft.reader;
  Members members(reader, field);
  if (const auto name = members.need("name")) {
    draft.policy.name = reader.id(*name).value_or("");
  }
  if (const auto tenant = members.need("tenant")) {
    draft.policy.tenant = reader.text(*tenant).value_or("");
    if (!config::is_tenant_name(draft.policy.tenant)) {
      reader.complain(*tenant, "is not a tenant's name", "a-z 0-9 -, at most 41");
    }
  }
  if (const auto version = members.need("version")) {
    draft.policy.version = reader.integer(*version, 1, int64_t{1} << 53).value_or(0);
  }
  if (const auto not_after = members.need("notAfter")) {
    const auto time = config::parse_time(not_after->node->text);
    if (!time) reader.complain(*not_after, "is not a time", "2027-01-31T00:00:00Z");
    draft.policy.not_after = base::WallTime(base::Seconds(time.value_or(0)));
  }
  members.finish();
}

void read_spec(Draft& draft, const Field& field) {
  ValueReader& reader = draft.reader;
  Members members(reader, field);
  if (const auto found = members.need("default")) (void)reader.choice(*found, {"deny"});
  // Single rules may be in the shadow, a whole policy may not.
  if (const auto found = members.take("mode")) (void)reader.choice(*found, {"enforce"});
  if (const auto found = members.take("toolCatalogDigest")) (void)reader.choice(*found, {"auto"});
  if (const auto found = members.take("limits")) {
    read_limits(draft, *found, draft.policy.limits);
  }
  if (const auto found = members.take("sandbox")) read_sandbox(draft, *found);
  if (const auto found = members.take("toolSets")) read_tool_sets(draft, *found);
  if (const auto found = members.take("pathSets")) read_path_sets(draft, *found);
  if (const auto found = members.need("roles")) read_roles(draft, *found);
  if (const auto found = members.need("personas")) read_personas(draft, *found);
  if (const auto found = members.take("commands")) read_commands(draft, *found);
  if (const auto found = members.take("repositories")) read_repositories(draft, *found);
  if (const auto found = members.take("flow")) read_flows(draft, *found);
  if (const auto found = members.need("rules")) read_rules(draft, *found);
  members.finish();
}

void read_root(Draft& draft, const config::Node& root) {
  Members members(draft.reader, {&root, ""});
  if (const auto found = members.need("apiVersion")) {
    (void)draft.reader.choice(*found, {"toolgate.srasta/v1"});
  }
  if (const auto found = members.need("kind")) (void)draft.reader.choice(*found, {"ToolPolicy"});
  if (const auto found = members.need("metadata")) read_metadata(draft, *found);
  if (const auto found = members.need("spec")) read_spec(draft, *found);
  members.finish();
}

}  // namespace

ReadResult read_policy(std::string_view bytes) {
  ReadResult result;
  if (bytes.size() > kLongestDocument) {
    result.problems.push_back(
        {.line = 0, .key = {}, .what = "the document is larger than 256 KiB", .allowed = {}});
    return result;
  }
  config::Document document = config::parse_document(bytes);
  result.problems = std::move(document.problems);
  if (!result.problems.empty()) return result;
  Draft draft(result.problems);
  read_root(draft, document.root);
  draft.policy.digest = base::to_hex(crypto::bytes_of(crypto::sha256(bytes)));
  if (result.problems.empty()) check_examples(draft);
  if (result.problems.empty()) result.policy = std::move(draft.policy);
  return result;
}

}  // namespace srasta::policy
