#include "admin/admin_core.h"
#include "admin/config_revisions.h"
#include "admin/config_view.h"
#include "admin/input.h"
#include "config/values.h"
#include "net/on_pool.h"

#include <algorithm>

// The handlers of the configuration.
namespace srasta::admin {
namespace {

using service::ErrorCode;

/// How long the supervisor may take, a return to the former file included.
constexpr base::Seconds kLongestChange{30};
constexpr size_t kMostYaml = size_t{1} << 20;
constexpr size_t kMostNote = 256;

bool is_file_text(std::string_view text) {
  return text.size() <= kMostYaml;
}

bool is_note(std::string_view text) {
  return text.empty() || (text.size() <= kMostNote && config::is_text(text));
}

bool is_digest(std::string_view text) {
  constexpr size_t kHexDigits = 64;
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == kHexDigits && std::ranges::all_of(text, is_hex);
}

Refusal not_managed() {
  return {.code = ErrorCode::ConfigNotManaged, .reason = "not_managed"};
}

Refusal not_taken(std::string why) {
  return {.code = ErrorCode::ConfigRefused, .reason = "not_taken", .param = std::move(why)};
}

}  // namespace

net::Task<void> AdminCore::check_config(Served served) {
  Input input(served.request.body, {"yaml"});
  const std::string yaml = input.text("yaml", is_file_text);
  if (const auto& refused = input.refusal()) {
    co_await served.journal.refused(served.request, &served.caller, audit::Act::HttpReject,
                                    refused->reason);
    co_await refuse(served, *refused);
    co_return;
  }
  co_await answer(served, [this, yaml](const Desk&) -> Answered<std::string> {
    SRASTA_ANSWER_ASSIGN(const config::Loaded wanted,
                         read_config(yaml, parts_.config_file, parts_.environment));
    return changes_json(parts_.registry.loaded(), wanted);
  });
}

net::Task<void> AdminCore::apply_config(Served served) {
  Input input(served.request.body, {"yaml", "note", "based_on"});
  const NewRevision revision{.yaml = input.text("yaml", is_file_text),
                             .note = input.text_or("note", is_note, ""),
                             .based_on = input.text_or("based_on", is_digest, "")};
  if (const auto& refused = input.refusal()) {
    co_await refuse_input(served, *refused);
    co_return;
  }
  co_await change_config(served,
                         [revision](const Desk&) -> Answered<NewRevision> { return revision; });
}

net::Task<void> AdminCore::revert_config(Served served) {
  Input input(served.request.body, {"revision", "note"});
  const int64_t number = input.integer_or("revision", 1, INT64_MAX, 0);
  const std::string note = input.text_or("note", is_note, "");
  if (input.refusal() || number == 0) {
    co_await refuse_input(served, input.refusal().value_or(invalid("revision")));
    co_return;
  }
  co_await change_config(served, [number, note](const Desk& desk) -> Answered<NewRevision> {
    SRASTA_STORE_ASSIGN(auto revision, find_revision(desk.database, number));
    if (!revision) return std::unexpected(not_found());
    return NewRevision{.yaml = std::move(revision->yaml),
                       .note = note.empty() ? "back to " + std::to_string(number) : note};
  });
}

net::Task<void> AdminCore::change_config(Served served, FindRevision find) {
  const auto stage = [this, find = std::move(find)](
                         const Desk& desk,
                         service::Journal::Change& about) -> Answered<std::string> {
    if (parts_.config_file.empty() || parts_.config == nullptr) {
      return std::unexpected(not_managed());
    }
    SRASTA_ANSWER_ASSIGN(const NewRevision revision, find(desk));
    SRASTA_ANSWER_ASSIGN(const config::Loaded wanted,
                         read_config(revision.yaml, parts_.config_file, parts_.environment));
    return stage_revision(desk, about, parts_.registry.loaded(), wanted, revision);
  };
  co_await change(served, stage, {.carry_out = [this](std::string staged) {
                    return put_config_in_force(std::move(staged));
                  }});
}

net::Task<Answered<std::string>> AdminCore::put_config_in_force(std::string staged) {
  const int64_t now = base::unix_seconds(parts_.clock.wall());
  const auto number = co_await on_store([this, now] {
    return parts_.registry.transact(now, [](const Desk& desk) -> Answered<int64_t> {
      SRASTA_STORE_ASSIGN(const auto pending, pending_revision(desk.database));
      if (!pending) return std::unexpected(not_found());
      return *pending;
    });
  });
  if (!number) co_return std::unexpected(number.error());
  auto told = co_await on_pool(parts_.loop, supervisor_, [this, revision = *number] {
    return parts_.config->put_in_force(revision, kLongestChange);
  });
  const ConfigOutcome outcome =
      told ? *std::move(told) : ConfigOutcome{.reason = std::move(told.error().message)};
  const auto kept = co_await on_store([this, now, &outcome] {
    return parts_.registry.transact(now, [&outcome](const Desk& desk) -> Answered<bool> {
      const auto state = outcome.in_force ? RevisionState::InForce : RevisionState::Refused;
      SRASTA_STORE(settle_revision(desk.database, state, outcome.reason));
      return true;
    });
  });
  if (!outcome.in_force) co_return std::unexpected(not_taken(outcome.reason));
  if (!kept) co_return std::unexpected(kept.error());
  co_return staged;
}

}  // namespace srasta::admin
