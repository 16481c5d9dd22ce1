#include "audit/epoch.h"

#include "audit/stored_line.h"
#include "base/encoding.h"

#include <fmt/format.h>

namespace srasta::audit {
namespace {

constexpr std::string_view kPrefix = "epoch-";
constexpr std::string_view kPublic = ".pub";
constexpr std::string_view kRecordStart = R"({"act":"log.epoch",)";

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
  if (!name.starts_with(kPrefix) || !name.ends_with(kPublic)) return std::nullopt;
  std::string_view digits = name.substr(kPrefix.size());
  digits.remove_suffix(kPublic.size());
  if (digits.size() != 6) return std::nullopt;
  const size_t first = digits.find_first_not_of('0');
  const auto epoch = first == digits.npos ? uint64_t{0} : base::parse_u64(digits.substr(first));
  if (!epoch || epoch_public_file(*epoch) != name) return std::nullopt;
  return epoch;
}

std::optional<EpochRecord> parse_epoch_record(std::string_view line) {
  if (!line.starts_with(kRecordStart)) return std::nullopt;
  const auto epoch = base::parse_u64(find_raw_member(line, "\"epoch\":"));
  const auto key = parse_digest(find_raw_member(line, "\"key\":\""));
  if (!epoch || *epoch >= kMostEpochs || !key) return std::nullopt;
  return EpochRecord{*epoch, *key};
}

}  // namespace srasta::audit
