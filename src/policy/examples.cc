// The examples of rules: a document whose examples come out otherwise is not taken.
#include "json/writer.h"
#include "policy/draft.h"
#include "policy/evaluate.h"

#include <charconv>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

using Kind = config::Node::Kind;

bool is_integer(const std::string& text) {
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size();
}

void write_json(json::Writer& writer, const config::Node& node) {
  if (node.kind == Kind::Map) {
    writer.begin_object();
    for (const config::Node& member : node.members) {
      writer.key(member.key);
      write_json(writer, member);
    }
    writer.end_object();
  } else if (node.kind == Kind::List) {
    writer.begin_array();
    for (const config::Node& item : node.items) write_json(writer, item);
    writer.end_array();
  } else if (node.kind == Kind::Null) {
    writer.null();
  } else if (!node.quoted && (node.text == "true" || node.text == "false")) {
    writer.boolean(node.text == "true");
  } else if (!node.quoted && is_integer(node.text)) {
    writer.raw(node.text);
  } else {
    writer.string(node.text);
  }
}

struct Example {
  Principal principal;
  Tool tool = Tool::RepoList;
  std::string arguments = "{}";
  Changes changes;
  bool changes_something = false;
  std::string expected;
};

void read_context(Draft& draft, const Field& field, Principal& principal) {
  Members members(draft.reader, field);
  if (const auto roles = members.need("roles")) principal.roles = read_role_names(draft, *roles);
  if (const auto persona = members.need("persona")) {
    principal.personas = {draft.reader.text(*persona).value_or("")};
  }
  members.finish();
}

void read_paths(Draft& draft, const Field& field, Change::Kind kind, Example& example) {
  example.changes_something = true;
  for (const Field& item : draft.reader.items(field)) {
    auto path = RepoPath::parse(item.node->text);
    if (!path) {
      draft.reader.complain(item, std::string(to_string(path.error())));
      continue;
    }
    const bool gone = kind == Change::Kind::Delete;
    example.changes.list.push_back({.kind = kind,
                                    .path = *std::move(path),
                                    .old_mode = kFileMode,
                                    .new_mode = gone ? 0 : kFileMode});
  }
}

void read_call(Draft& draft, const Field& field, Example& example) {
  Members members(draft.reader, field);
  if (const auto tool = members.need("tool")) {
    const auto found = find_tool(draft.reader.text(*tool).value_or(""));
    if (!found) draft.reader.complain(*tool, "there is no such tool");
    example.tool = found.value_or(Tool::RepoList);
  }
  if (const auto arguments = members.take("args")) {
    json::Writer writer;
    write_json(writer, *arguments->node);
    example.arguments = writer.take();
  }
  if (const auto paths = members.take("writes")) {
    read_paths(draft, *paths, Change::Kind::Modify, example);
  }
  if (const auto paths = members.take("deletes")) {
    read_paths(draft, *paths, Change::Kind::Delete, example);
  }
  members.finish();
}

Example read_example(Draft& draft, const Field& field) {
  Example example{.principal = {.subject = "example",
                                .tenant = draft.policy.tenant,
                                .roles = {},
                                .personas = {},
                                .permissions = access::PermissionSet::everything()}};
  Members members(draft.reader, field);
  if (const auto context = members.need("ctx")) read_context(draft, *context, example.principal);
  if (const auto call = members.need("call")) read_call(draft, *call, example);
  if (const auto expected = members.need("expect")) {
    example.expected = draft.reader.text(*expected).value_or("");
    const bool known = example.expected == "allow" || example.expected == "ask" ||
                       example.expected == "deny" || find_reason(example.expected);
    if (!known) draft.reader.complain(*expected, "is no answer", "allow, ask, deny or a reason");
  }
  members.finish();
  return example;
}

/// Noon, so that hours of work do not depend on when a document is read.
base::WallTime time_of_examples(const Policy& policy) {
  constexpr base::Seconds kDay{86'400};
  const auto day = (policy.not_after.time_since_epoch() / kDay) - 1;
  return base::WallTime(kDay * day + kDay / 2);
}

}  // namespace

void check_examples(Draft& draft) {
  const Policy& policy = draft.policy;
  for (const Field& field : draft.examples) {
    const size_t complaints = draft.reader.complaints();
    const Example example = read_example(draft, field);
    const auto arguments = json::Document::parse(example.arguments);
    if (!arguments) draft.reader.complain(field, "the arguments are no JSON object");
    if (draft.reader.complaints() > complaints) continue;
    Judgement judgement = judge_call(
        policy,
        {.tool = example.tool, .principal = example.principal, .now = time_of_examples(policy)},
        arguments->root());
    if (example.changes_something && judgement.repository != nullptr) {
      judge_changes(judgement, example.changes);
    }
    const std::string_view effect = to_string(judgement.effect);
    const std::string_view reason = to_string(judgement.reason);
    if (example.expected == effect || example.expected == reason) continue;
    draft.reader.complain(field, fmt::format("the example comes out as {} ({})", effect, reason),
                          example.expected);
  }
}

}  // namespace srasta::policy
