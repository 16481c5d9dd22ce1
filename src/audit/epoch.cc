#include "audit/epoch.h"

#include "audit/stored_line.h"
#include "base/encoding.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

constexpr std::string_view kPrefix = "epoch-";
constexpr std::string_view kPublic = ".pub";
constexpr std::string_view kRecordStart = R"({"act":"log.epoch",)";
constexpr std::string_view kEnd = ".end";
constexpr size_t kDigits = 6;

std::optional<uint64_t> parse_epoch_file(std::string_view name, std::string_view suffix) {
  if (!name.starts_with(kPrefix) || !name.ends_with(suffix)) return std::nullopt;
  std::string_view digits = name.substr(kPrefix.size());
  digits.remove_suffix(suffix.size());
  if (digits.size() != kDigits) return std::nullopt;
  // The last digit stays, so that zero is a number, too.
  return base::parse_u64(digits.substr(std::min(digits.find_first_not_of('0'), kDigits - 1)));
}

}  // namespace

std::string epoch_key_name(std::string_view origin, uint64_t epoch) {
  return fmt::format("{}/epoch-{:06}", origin, epoch);
}

std::string epoch_public_file(uint64_t epoch) {
  return fmt::format("epoch-{:06}.pub", epoch);
}

std::string epoch_private_file(uint64_t epoch) {
  return fmt::format("epoch-{:06}.key", epoch);
}

std::string epoch_end_file(uint64_t epoch) {
  return fmt::format("epoch-{:06}.end", epoch);
}

std::optional<uint64_t> parse_epoch_public_file(std::string_view name) {
  return parse_epoch_file(name, kPublic);
}

std::optional<uint64_t> parse_epoch_end_file(std::string_view name) {
  return parse_epoch_file(name, kEnd);
}

std::optional<EpochRecord> parse_epoch_record(std::string_view line) {
  if (!line.starts_with(kRecordStart)) return std::nullopt;
  const auto epoch = base::parse_u64(find_raw_member(line, "\"epoch\":"));
  const auto key = parse_digest(find_raw_member(line, "\"key\":\""));
  if (!epoch || *epoch >= kMostEpochs || !key) return std::nullopt;
  return EpochRecord{*epoch, *key};
}

}  // namespace srasta::audit
