#include "audit/verifier.h"

#include "audit/entanglement.h"
#include "audit/epoch.h"
#include "audit/log_keys.h"
#include "audit/prune_authority.h"
#include "audit/verify_stream.h"
#include "base/encoding.h"
#include "tlog/checkpoint.h"

#include <algorithm>
#include <map>
#include <utility>

namespace srasta::audit {
namespace {

constexpr std::string_view kInstall = "install";
constexpr uint64_t kMostKeyFileBytes = 1024;

bool is_stream_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 32 && name != "origin" && name != "keys" &&
         std::ranges::all_of(name, allowed);
}

std::string_view origin_of(const tlog::Note& note) {
  return std::string_view(note.text).substr(0, note.text.find('\n'));
}

class LedgerVerifier {
 public:
  LedgerVerifier(base::FileSystem& files, std::string folder, const VerifyOptions& options)
      : files_(files), folder_(std::move(folder)), options_(options) {}

  LedgerReport run() {
    report_.trusted_key = !options_.trusted.empty();
    report_.asks_witnesses = options_.policy.has_value();
    auto origin = base::read_file(files_, folder_ + "/origin", kMostKeyFileBytes);
    if (!origin) return unreadable(origin.error());
    install_id_ = origin->substr(0, origin->find('\n'));
    take_log_key();
    route_anchors();
    if (auto listed = verify_streams(); !listed) return unreadable(listed.error());
    compare_memories();
    report_missing();
    std::ranges::sort(report_.streams, {}, &StreamReport::stream);
    if (report_.streams.empty()) report_.problem = folder_ + " holds no stream";
    return std::move(report_);
  }

 private:
  LedgerReport unreadable(const base::Error& error) {
    report_.problem = error.message;
    return std::move(report_);
  }

  void take_log_key() {
    keys_ = options_.trusted;
    if (!keys_.empty()) return;
    auto text = base::read_file(files_, folder_ + "/keys/log.pub", kMostKeyFileBytes);
    if (!text) {
      const bool absent =
          text.error().code == base::Code::NotFound || text.error().code == base::Code::TooLarge;
      if (!absent) report_.problem = text.error().message;
      return;
    }
    if (!text->ends_with('\n')) return;
    text->pop_back();
    // In the folder, a key of another name is none.
    auto key = tlog::VerifierKey::parse(*text);
    if (key && key->name() == install_id_) keys_.push_back(*std::move(key));
  }

  /// To their streams; those of other installations go under their whole origin.
  void route_anchors() {
    const std::string prefix = install_id_ + "/";
    for (const Anchor& anchor : options_.anchors) {
      std::string_view name = origin_of(anchor.note);
      if (name.starts_with(prefix) && is_stream_name(name.substr(prefix.size()))) {
        name.remove_prefix(prefix.size());
      }
      if (name == kOperatorStream) operator_anchors_.push_back(anchor);
      anchors_[std::string(name)].push_back(anchor);
    }
  }

  base::Result<void> verify_streams() {
    // What `install` tells must be there when the others are read.
    SRASTA_TRY_ASSIGN(const auto before, files_.list(folder_));
    if (std::ranges::find(before, kInstall) != before.end()) verify(std::string(kInstall));
    SRASTA_TRY_ASSIGN(const auto names, files_.list(folder_));
    for (const std::string& name : names) {
      if (is_stream_name(name) && name != kInstall) verify(name);
    }
    return {};
  }

  void verify(const std::string& name) {
    StreamQuestion question{
        .folder = folder_ + "/" + name, .name = name, .origin = install_id_ + "/" + name};
    question.log_keys = log_keys_of(question.origin);
    question.first_keys = first_keys_of(question.origin);
    if (const auto& policy = options_.policy) question.quorum = quorum_for(*policy, question);
    if (auto node = anchors_.extract(name)) question.anchors = std::move(node.mapped());
    if (auto node = told_.extract(name)) question.told = std::move(node.mapped());
    question.prunes = prunes_of(name);
    const bool tells = name == kInstall;
    Entanglement::Witness witness(name);
    report_.streams.push_back(verify_stream(files_, question, [&](const CheckedRecord& record) {
      if (tells && record.is("log.checkpoint")) listen(record);
      witness.listen(record);
    }));
    if (!report_.streams.back().violation) entanglement_.add(std::move(witness));
  }

  /// Of what intact streams remember of each other.
  void compare_memories() {
    for (StreamReport& report : report_.streams) {
      if (report.violation) continue;
      entanglement_.judge(files_, folder_ + "/" + report.stream, report);
    }
  }

  [[nodiscard]] Quorum quorum_for(const tlog::Policy& policy,
                                  const StreamQuestion& question) const {
    if (policy.logs().empty()) return {&policy, question.log_keys};
    return {&policy, audit::log_keys_of(question.origin, install_id_, policy.logs())};
  }

  /// Read anew for each stream, just before its segments: a record about them is signed before the
  /// first of them is removed.
  [[nodiscard]] std::vector<PrunedPrefix> prunes_of(const std::string& stream) {
    const std::string name(kOperatorStream);
    StreamQuestion question{
        .folder = folder_ + "/" + name, .name = name, .origin = install_id_ + "/" + name};
    question.log_keys = log_keys_of(question.origin);
    question.first_keys = first_keys_of(question.origin);
    question.anchors = operator_anchors_;
    question.only_signed = true;
    return authorised_prunes(files_, question, stream);
  }

  void listen(const CheckedRecord& record) {
    const std::string_view stream = record.data(R"("stream":")");
    const auto size = base::parse_u64(record.data(R"("size":)"));
    const auto root = base::from_hex(record.data(R"("root":")"));
    const auto digest = root ? crypto::digest_from(*root) : std::nullopt;
    if (!size || !digest || !is_stream_name(stream) || stream == kInstall) return;
    told_[std::string(stream)].push_back({*size, *digest});
  }

  [[nodiscard]] std::vector<tlog::VerifierKey> log_keys_of(const std::string& origin) const {
    return audit::log_keys_of(origin, install_id_, keys_);
  }

  [[nodiscard]] std::vector<tlog::VerifierKey> first_keys_of(const std::string& origin) const {
    std::vector<tlog::VerifierKey> found;
    std::ranges::copy_if(options_.trusted, std::back_inserter(found),
                         [name = epoch_key_name(origin, 0)](const tlog::VerifierKey& key) {
                           return key.name() == name;
                         });
    return found;
  }

  /// Of streams that are known, but not there.
  void report_missing() {
    for (const auto& [stream, told] : told_) {
      add_missing(stream, {Verdict::SegmentMissing, 0, std::string(kInstall)});
      anchors_.erase(stream);
    }
    for (const std::string& stream : entanglement_.streams()) {
      if (std::ranges::find(report_.streams, stream, &StreamReport::stream) !=
          report_.streams.end())
        continue;
      add_missing(stream, {Verdict::SegmentMissing, 0, entanglement_.first_witness_of(stream)});
      anchors_.erase(stream);
    }
    for (const auto& [stream, anchors] : anchors_) {
      const bool ours = is_stream_name(stream);
      add_missing(stream,
                  {ours ? Verdict::RolledBack : Verdict::BadSignature, 0, anchors.front().name});
    }
  }

  void add_missing(const std::string& stream, Finding finding) {
    report_.streams.push_back({.stream = stream, .violation = std::move(finding)});
  }

  base::FileSystem& files_;
  const std::string folder_;
  const VerifyOptions& options_;
  LedgerReport report_;
  std::string install_id_;
  std::vector<tlog::VerifierKey> keys_;
  std::map<std::string, std::vector<Anchor>> anchors_;
  std::vector<Anchor> operator_anchors_;
  std::map<std::string, std::vector<Told>> told_;
  Entanglement entanglement_;
};

}  // namespace

base::Result<std::vector<tlog::VerifierKey>> parse_trusted_keys(std::string_view text) {
  std::vector<tlog::VerifierKey> keys;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    SRASTA_TRY_ASSIGN(auto key, tlog::VerifierKey::parse(line));
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return base::make_error(base::Code::Invalid, "there is no key");
  return keys;
}

base::Result<Anchor> parse_anchor(std::string_view bytes, std::string name) {
  SRASTA_TRY_ASSIGN(tlog::Note note, tlog::parse_note(bytes));
  SRASTA_TRY_ASSIGN(const tlog::Checkpoint checkpoint, tlog::parse_checkpoint(note.text));
  if (!checkpoint.extensions.empty()) {
    return base::make_error(base::Code::Invalid, "a checkpoint of ours has no extension lines");
  }
  return Anchor{std::move(note), std::move(name)};
}

LedgerReport verify_ledger(base::FileSystem& files, const std::string& folder,
                           const VerifyOptions& options) {
  return LedgerVerifier(files, folder, options).run();
}

}  // namespace srasta::audit
