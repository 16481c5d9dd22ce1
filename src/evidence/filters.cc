#include "evidence/filters.h"

#include "audit/act.h"
#include "audit/label.h"
#include "base/encoding.h"
#include "evidence/moment.h"
#include "http/query.h"

#include <algorithm>
#include <array>

namespace srasta::evidence {
namespace {

constexpr size_t kLongestAct = 64;
constexpr size_t kLongestActor = 128;
constexpr size_t kLongestCursor = 64;

bool is_label(std::string_view text) {
  return !text.empty() && audit::Label::is_label(text);
}

bool is_actor(std::string_view text) {
  return !text.empty() && text.size() <= kLongestActor && std::ranges::all_of(text, [](char c) {
    return audit::is_label_char(c) || c == '|' || c == '+';
  });
}

bool is_act(std::string_view text) {
  return !text.empty() && text.size() <= kLongestAct && text.front() != '.' &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
         });
}

bool set(std::optional<std::string>& filter, std::string_view value, bool allowed) {
  if (!allowed) return false;
  filter = std::string(value);
  return true;
}

bool set_moment(std::optional<std::string>& filter, std::string_view value) {
  filter = parse_moment(value);
  return filter.has_value();
}

bool set_limit(Question& question, std::string_view value) {
  const auto number = base::parse_u64(value);
  if (!number || *number < 1 || *number > kMostRecords) return false;
  question.limit = static_cast<size_t>(*number);
  return true;
}

bool set_order(Question& question, std::string_view value) {
  question.descending = value == "desc";
  return value == "desc" || value == "asc";
}

bool set_cursor(Question& question, std::string_view value) {
  question.cursor = value;
  return !value.empty() && value.size() <= kLongestCursor;
}

bool set_format(Question& question, std::string_view value) {
  if (value == "json") question.format = Format::Json;
  if (value == "csv") question.format = Format::Csv;
  if (value == "jsonl") question.format = Format::Lines;
  return question.format.has_value();
}

struct Parameter {
  std::string_view name;
  bool is_filter;
  bool only_for_pages;
  bool (*set)(Question& question, std::string_view value);
};

constexpr std::array kParameters = {
    Parameter{"stream", false, false,
              [](Question& q, std::string_view v) {
                q.stream = v;
                return is_stream_name(v);
              }},
    Parameter{"since", true, false,
              [](Question& q, std::string_view v) { return set_moment(q.filters.since, v); }},
    Parameter{"until", true, false,
              [](Question& q, std::string_view v) { return set_moment(q.filters.until, v); }},
    Parameter{"actor", true, false,
              [](Question& q, std::string_view v) { return set(q.filters.actor, v, is_actor(v)); }},
    Parameter{
        "tenant", true, false,
        [](Question& q, std::string_view v) { return set(q.filters.tenant, v, is_label(v)); }},
    Parameter{"act", true, false,
              [](Question& q, std::string_view v) { return set(q.filters.act, v, is_act(v)); }},
    Parameter{"out", true, false,
              [](Question& q, std::string_view v) {
                return set(q.filters.outcome, v, audit::find_outcome(v).has_value());
              }},
    Parameter{
        "request", true, false,
        [](Question& q, std::string_view v) { return set(q.filters.request, v, is_label(v)); }},
    Parameter{"limit", false, true, set_limit},
    Parameter{"order", false, true, set_order},
    Parameter{"cursor", false, true, set_cursor},
    Parameter{"format", false, true, set_format},
};

/// What may be repeated to the client.
std::string shown_name(const std::optional<std::string>& name) {
  constexpr size_t kMost = 32;
  return name && name->size() <= kMost && is_label(*name) ? *name : "query";
}

}  // namespace

bool is_stream_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text != "origin" && text != "keys" &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::expected<Question, BadParameter> parse_question(std::string_view query, Takes takes) {
  Question question;
  std::array<bool, kParameters.size()> seen{};
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto name = http::form_decoded(pair.substr(0, equals));
    const auto value = http::form_decoded(pair.substr(std::min(equals + 1, pair.size())));
    const auto* const known =
        std::ranges::find_if(kParameters, [&](const Parameter& one) { return one.name == name; });
    const bool taken =
        known != kParameters.end() && (takes == Takes::Page || !known->only_for_pages);
    if (!taken || !value || equals == pair.size()) {
      return std::unexpected(BadParameter{shown_name(name)});
    }
    bool& repeated = seen[static_cast<size_t>(known - kParameters.begin())];
    if (repeated || !known->set(question, *value)) {
      return std::unexpected(BadParameter{std::string(known->name)});
    }
    repeated = true;
    question.filters_set += known->is_filter ? 1 : 0;
  }
  return question;
}

Format accepted_format(std::string_view accept) {
  while (!accept.empty()) {
    const size_t end = std::min(accept.find(','), accept.size());
    std::string_view type = accept.substr(0, end);
    accept.remove_prefix(std::min(end + 1, accept.size()));
    type.remove_prefix(std::min(type.find_first_not_of(" \t"), type.size()));
    type = type.substr(0, type.find_first_of("; \t"));
    if (base::equal_ignoring_case(type, "application/json")) return Format::Json;
    if (base::equal_ignoring_case(type, "text/csv")) return Format::Csv;
    if (base::equal_ignoring_case(type, "application/jsonl") ||
        base::equal_ignoring_case(type, "application/x-ndjson")) {
      return Format::Lines;
    }
  }
  return Format::Json;
}

}  // namespace srasta::evidence
