#include "audit/bundle_manifest.h"

#include "audit/stored_line.h"
#include "base/encoding.h"

#include <optional>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

/// Takes texts off the front of a line.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  void skip(std::string_view expected) {
    good_ = good_ && rest_.starts_with(expected);
    if (good_) rest_.remove_prefix(expected.size());
  }
  [[nodiscard]] std::string_view until(std::string_view end) {
    const size_t found = rest_.find(end);
    good_ = good_ && found != std::string_view::npos;
    if (!good_) return {};
    const std::string_view text = rest_.substr(0, found);
    rest_.remove_prefix(found + end.size());
    return text;
  }
  [[nodiscard]] uint64_t number(std::string_view end) {
    const auto value = base::parse_u64(until(end));
    good_ = good_ && value.has_value();
    return value.value_or(0);
  }
  [[nodiscard]] bool ended() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::string manifest_head(const BundleManifest& manifest) {
  return fmt::format(
      "{{\"format\":\"srasta-audit-bundle/1\",\n"
      "\"installation\":\"{}\",\"stream\":\"{}\",\n"
      "\"time\":\"{}\",\n"
      "\"filters\":{{{}}},\n"
      "\"records\":{},\"first\":{},\"last\":{},\"not_covered\":{},\n"
      "\"checkpoint\":{{\"size\":{},\"root\":\"{}\"}},\n"
      "\"files\":[\n",
      manifest.installation, manifest.stream, manifest.time, manifest.filters, manifest.records,
      manifest.first, manifest.last, manifest.not_covered, manifest.size,
      base::to_hex(crypto::bytes_of(manifest.root)));
}

base::Result<BundleManifest> parse_manifest_head(std::string_view text) {
  Reader reader(text);
  BundleManifest manifest;
  reader.skip("{\"format\":\"srasta-audit-bundle/1\",\n\"installation\":\"");
  manifest.installation = reader.until("\",\"stream\":\"");
  manifest.stream = reader.until("\",\n\"time\":\"");
  manifest.time = reader.until("\",\n\"filters\":{");
  manifest.filters = reader.until("},\n\"records\":");
  manifest.records = reader.number(",\"first\":");
  manifest.first = reader.number(",\"last\":");
  manifest.last = reader.number(",\"not_covered\":");
  manifest.not_covered = reader.number(",\n\"checkpoint\":{\"size\":");
  manifest.size = reader.number(",\"root\":\"");
  const auto root = parse_digest(reader.until("\"},\n\"files\":[\n"));
  if (root) manifest.root = *root;
  if (root && reader.ended()) return manifest;
  return base::make_error(base::Code::Invalid, "not the manifest of an evidence bundle");
}

std::string manifest_line(std::string_view name, uint64_t size, const crypto::Digest& hash) {
  return fmt::format(R"({{"name":"{}","size":{},"sha256":"{}"}})", name, size,
                     base::to_hex(crypto::bytes_of(hash)));
}

std::string manifest_end(const crypto::Digest& hash) {
  return fmt::format("\"sha256\":\"{}\"}}\n", base::to_hex(crypto::bytes_of(hash)));
}

}  // namespace srasta::audit
