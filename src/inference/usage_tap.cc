#include "inference/usage_tap.h"

#include "base/byte_set.h"
#include "json/skim.h"

namespace srasta::inference {
namespace {

constexpr std::string_view kLongestName = "prompt_eval_count";
constexpr base::ByteSet kStructure("\"{}[],:");
constexpr base::ByteSet kStringEnd("\"\\");
/// Far above any usage object; a longer one is cut and then counts as none.
constexpr size_t kMostValue = 4096;

std::optional<int64_t> count_of(std::string_view value) {
  return json::skim_count("{\"n\":" + std::string(value) + "}", "n");
}

}  // namespace

void UsageTap::keep(std::string_view run) {
  if (in_key_ && key_.size() <= kLongestName.size()) key_ += run.substr(0, kLongestName.size() + 1);
  if (value_ == nullptr || value_->size() >= kMostValue) return;
  *value_ += run.substr(0, kMostValue - value_->size());
}

std::string* UsageTap::place() {
  if (key_ == "usage") return &usage_;
  if (key_ == kLongestName) return &input_;
  return key_ == "eval_count" ? &output_ : nullptr;
}

size_t UsageTap::take_string_run(std::string_view bytes) {
  if (escaped_) {
    escaped_ = false;
    return 1;
  }
  if (const size_t end = kStringEnd.find_in(bytes); end != 0) return end;
  escaped_ = bytes.front() == '\\';
  in_string_ = escaped_;
  return 1;
}

void UsageTap::take_structure(char c) {
  switch (c) {
    case '"':
      in_string_ = true;
      in_key_ = depth_ == 1 && expects_key_;
      if (in_key_) key_.clear();
      return;
    case '{':
    case '[':
      ++depth_;
      expects_key_ = depth_ == 1 && c == '{';
      return;
    case '}':
    case ']':
      --depth_;
      if (depth_ == 0) value_ = nullptr;
      return;
    case ',':
      if (depth_ == 1) {
        expects_key_ = true;
        value_ = nullptr;
      }
      return;
    default:
      if (depth_ != 1 || !expects_key_) return;
      expects_key_ = false;
      value_ = place();
      if (value_ != nullptr) value_->clear();
  }
}

void UsageTap::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_string_) {
      const size_t size = take_string_run(bytes);
      const bool ended = !in_string_;
      if (!ended || value_ != nullptr) keep(bytes.substr(0, size));
      if (ended) in_key_ = false;
      bytes.remove_prefix(size);
      continue;
    }
    const size_t plain = kStructure.find_in(bytes);
    keep(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
    if (bytes.empty()) return;
    const std::string* const before = value_;
    take_structure(bytes.front());
    if (before != nullptr && before == value_) keep(bytes.substr(0, 1));
    bytes.remove_prefix(1);
  }
}

std::optional<Usage> UsageTap::usage() const {
  if (const auto usage = read_usage(usage_)) return usage;
  const auto input = count_of(input_);
  const auto output = count_of(output_);
  if (!input && !output) return std::nullopt;
  return Usage{input.value_or(0), output.value_or(0)};
}

}  // namespace srasta::inference
