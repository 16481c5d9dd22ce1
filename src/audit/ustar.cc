#include "audit/ustar.h"

#include <numeric>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

constexpr size_t kSizeAt = 124;
constexpr size_t kSizeDigits = 11;
constexpr size_t kSumAt = 148;
constexpr size_t kSumField = 8;

void put(std::string& block, size_t at, std::string_view text) {
  block.replace(at, text.size(), text);
}

std::optional<uint64_t> parse_octal(std::string_view digits) {
  uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

}  // namespace

std::optional<std::string> ustar_header(const UstarMember& member) {
  if (member.name.empty() || member.name.size() > kMostUstarName || member.size > kMostUstarSize) {
    return std::nullopt;
  }
  std::string block(kUstarBlock, '\0');
  put(block, 0, member.name);
  put(block, 100, "0000644");
  put(block, 108, "0000000");
  put(block, 116, "0000000");
  put(block, kSizeAt, fmt::format("{:011o}", member.size));
  put(block, 136, "00000000000");
  put(block, kSumAt, std::string(kSumField, ' '));
  put(block, 156, "0");
  put(block, 257, std::string_view("ustar\00000", 8));
  put(block, 329, "0000000");
  put(block, 337, "0000000");
  const unsigned sum = std::accumulate(block.begin(), block.end(), 0U, [](unsigned all, char c) {
    return all + static_cast<unsigned char>(c);
  });
  put(block, kSumAt, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return block;
}

std::optional<UstarMember> parse_ustar_header(std::string_view block) {
  if (block.size() != kUstarBlock) return std::nullopt;
  const auto size = parse_octal(block.substr(kSizeAt, kSizeDigits));
  const std::string_view name = block.substr(0, kMostUstarName);
  UstarMember member{.name = std::string(name.substr(0, name.find('\0'))),
                     .size = size.value_or(0)};
  if (!size || ustar_header(member) != block) return std::nullopt;
  return member;
}

}  // namespace srasta::audit
