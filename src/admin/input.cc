#include "admin/input.h"

#include <algorithm>

namespace srasta::admin {
namespace {

constexpr size_t kMostElements = 256;

bool is_account_char(char c) {
  constexpr std::string_view kMarks = "._@+-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

}  // namespace

Input::Input(std::string_view body, std::initializer_list<std::string_view> known) {
  auto parsed = json::Document::parse(body);
  if (!parsed) {
    refusal_ = Refusal{.code = service::ErrorCode::InvalidJson, .reason = "json"};
    return;
  }
  document_ = *std::move(parsed);
  document_->root().for_each_member([&](std::string_view name, json::Value) {
    // A member that is not understood could be one that restricts.
    if (std::ranges::find(known, name) == known.end()) blame(name);
  });
}

std::optional<json::Value> Input::find(std::string_view name) const {
  if (!document_) return std::nullopt;
  const auto value = document_->root().find(name);
  return value && !value->is_null() ? value : std::nullopt;
}

void Input::blame(std::string_view name) {
  if (!refusal_) refusal_ = invalid(name.substr(0, 64));
}

std::string Input::text(std::string_view name, Check check) {
  auto found = optional_text(name, check);
  if (!found) blame(name);
  return std::move(found).value_or("");
}

std::string Input::text_or(std::string_view name, Check check, std::string fallback) {
  return optional_text(name, check).value_or(std::move(fallback));
}

std::optional<std::string> Input::optional_text(std::string_view name, Check check) {
  const auto value = find(name);
  if (!value) return std::nullopt;
  const auto text = value->string();
  if (text && check(*text)) return std::string(*text);
  blame(name);
  return std::nullopt;
}

std::optional<bool> Input::optional_flag(std::string_view name) {
  const auto value = find(name);
  if (!value) return std::nullopt;
  const auto flag = value->boolean();
  if (!flag) blame(name);
  return flag;
}

int64_t Input::integer_or(std::string_view name, int64_t least, int64_t most, int64_t fallback) {
  const auto value = find(name);
  if (!value) return fallback;
  const auto number = value->integer();
  if (number && *number >= least && *number <= most) return *number;
  blame(name);
  return fallback;
}

std::vector<std::string> Input::texts(std::string_view name, Check check) {
  auto found = optional_texts(name, check);
  if (!found) blame(name);
  return std::move(found).value_or(std::vector<std::string>());
}

std::optional<std::vector<std::string>> Input::optional_texts(std::string_view name, Check check) {
  const auto value = find(name);
  if (!value) return std::nullopt;
  auto texts = json::texts_of(*value);
  const bool good = texts && texts->size() <= kMostElements && std::ranges::all_of(*texts, check);
  if (good) return texts;
  blame(name);
  return std::nullopt;
}

bool is_account_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, is_account_char);
}

}  // namespace srasta::admin
