#include "inference/usage_tap.h"

#include "base/byte_set.h"

namespace srasta::inference {
namespace {

constexpr std::string_view kName = "usage";
constexpr base::ByteSet kStructure("\"{}[],:");
constexpr base::ByteSet kStringEnd("\"\\");
/// Far above any usage object; a longer one is cut and then counts as none.
constexpr size_t kMostValue = 4096;

}  // namespace

void UsageTap::keep(std::string_view run) {
  if (in_key_ && key_.size() <= kName.size()) key_ += run.substr(0, kName.size() + 1);
  if (in_value_ && value_.size() < kMostValue) value_ += run.substr(0, kMostValue - value_.size());
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
      if (depth_ == 0) in_value_ = false;
      return;
    case ',':
      if (depth_ == 1) {
        expects_key_ = true;
        in_value_ = false;
      }
      return;
    default:
      if (depth_ != 1 || !expects_key_) return;
      expects_key_ = false;
      in_value_ = key_ == kName;
      if (in_value_) value_.clear();
  }
}

void UsageTap::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_string_) {
      const size_t size = take_string_run(bytes);
      const bool ended = !in_string_;
      if (!ended || in_value_) keep(bytes.substr(0, size));
      if (ended) in_key_ = false;
      bytes.remove_prefix(size);
      continue;
    }
    const size_t plain = kStructure.find_in(bytes);
    keep(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
    if (bytes.empty()) return;
    const bool was_in_value = in_value_;
    take_structure(bytes.front());
    if (was_in_value && in_value_) keep(bytes.substr(0, 1));
    bytes.remove_prefix(1);
  }
}

std::optional<Usage> UsageTap::usage() const {
  return read_usage(value_);
}

}  // namespace srasta::inference
