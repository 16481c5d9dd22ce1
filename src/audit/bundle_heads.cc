#include "audit/bundle_heads.h"

#include "audit/epoch.h"
#include "audit/log_keys.h"
#include "tlog/witness_request.h"

#include <algorithm>
#include <span>
#include <utility>

namespace srasta::audit {
namespace {

using base::Result;
using tlog::VerifierKey;
using Members = std::map<std::string, std::string>;

constexpr size_t kMostKeyFileBytes = 1024;

base::Error corrupt(std::string_view member, const std::string& what) {
  return base::make_error(base::Code::Corrupt, std::string(member) + ": " + what);
}

bool is_signed_by(const tlog::Note& note, std::span<const VerifierKey> keys) {
  return tlog::verify_note(note, keys).ok();
}

/// The key of a file that has one line; nothing unless it is Ed25519 and has this name.
std::optional<VerifierKey> key_of(std::string_view text, std::string_view name) {
  if (text.size() > kMostKeyFileBytes || !text.ends_with('\n')) return std::nullopt;
  auto key = VerifierKey::parse(text.substr(0, text.size() - 1));
  if (!key || key->name() != name || key->type() != tlog::SignatureType::Ed25519) {
    return std::nullopt;
  }
  return *std::move(key);
}

Result<std::vector<VerifierKey>> log_keys(const Members& members, const BundleManifest& manifest,
                                          const std::string& origin, const BundleOptions& options) {
  const auto own = key_of(members.at(std::string(kBundleLogKey)), manifest.installation);
  if (!own) return corrupt(kBundleLogKey, "not the log key of this installation");
  std::vector<VerifierKey> known = options.trusted;
  if (known.empty()) known.push_back(*own);
  return log_keys_of(origin, manifest.installation, known);
}

/// Where the key that the stream began with is known, it must be that one.
bool may_be_first(const VerifierKey& key, const BundleOptions& options) {
  const auto same_name = [&](const VerifierKey& other) { return other.name() == key.name(); };
  return std::ranges::none_of(options.trusted, same_name) ||
         std::ranges::find(options.trusted, key) != options.trusted.end();
}

Result<std::vector<VerifierKey>> epoch_keys(const Members& members, const std::string& origin,
                                            const BundleOptions& options) {
  constexpr std::string_view kFolder = "keys/";
  std::vector<VerifierKey> keys;
  for (const auto& [name, content] : members) {
    if (!name.starts_with(kFolder) || name == kBundleLogKey) continue;
    const auto epoch = parse_epoch_public_file(std::string_view(name).substr(kFolder.size()));
    if (!epoch) return corrupt(name, "unknown member");
    auto key = key_of(content, epoch_key_name(origin, *epoch));
    if (!key || (*epoch == 0 && !may_be_first(*key, options))) {
      return corrupt(name, "not the key of this epoch");
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

Result<void> check_cosigned(const Members& members, std::span<const VerifierKey> keys,
                            BundleHeads& heads) {
  const auto cosigned = members.find(std::string(kBundleCosigned));
  const auto growth = members.find(std::string(kBundleGrowth));
  if (cosigned == members.end()) {
    if (growth == members.end()) return {};
    return corrupt(kBundleGrowth, "unknown member");
  }
  const auto note = tlog::parse_note(cosigned->second);
  const auto older = note ? tlog::parse_checkpoint(note->text) : note.error();
  if (!older || older->origin != heads.origin || !older->extensions.empty() ||
      !is_signed_by(*note, keys)) {
    return corrupt(kBundleCosigned, "not a checkpoint that the log key signed");
  }
  if (growth == members.end()) return corrupt(kBundleGrowth, "missing");
  const auto request = tlog::parse_witness_request(growth->second);
  if (!request || request->old_size != older->size || request->note != heads.note ||
      !tlog::verify_consistency(older->size, older->root, heads.checkpoint.size,
                                heads.checkpoint.root, request->proof)) {
    return corrupt(kBundleGrowth, "does not prove that the log only grew");
  }
  heads.cosigned = older->size;
  return {};
}

/// Raises `heads.witnessed` if the note of this member is cosigned as the policy asks.
Result<void> take_cosignatures(std::string_view member, const tlog::Note& note, uint64_t size,
                               std::span<const VerifierKey> keys, BundleHeads& heads,
                               const tlog::Policy& policy) {
  const auto met = policy.is_met(note);
  if (!met) return corrupt(member, "a cosignature is wrong");
  if (*met && is_signed_by(note, keys)) heads.witnessed = std::max(heads.witnessed, {size});
  return {};
}

Result<void> check_witnesses(const Members& members, const BundleManifest& manifest,
                             std::span<const VerifierKey> by_log, BundleHeads& heads,
                             const tlog::Policy& policy) {
  auto keys = log_keys_of(heads.origin, manifest.installation, policy.logs());
  if (policy.logs().empty()) keys.assign(by_log.begin(), by_log.end());
  if (heads.cosigned) {
    SRASTA_TRY_ASSIGN(const auto note, tlog::parse_note(members.at(std::string(kBundleCosigned))));
    SRASTA_TRY(take_cosignatures(kBundleCosigned, note, *heads.cosigned, keys, heads, policy));
  }
  return take_cosignatures(kBundleCheckpoint, heads.note, heads.checkpoint.size, keys, heads,
                           policy);
}

}  // namespace

Result<BundleHeads> check_bundle_heads(const Members& members, const BundleManifest& manifest,
                                       const BundleOptions& options) {
  for (const std::string_view name : {kBundleReadme, kBundleCheckpoint, kBundleLogKey}) {
    if (!members.contains(std::string(name))) return corrupt(name, "missing");
  }
  BundleHeads heads{.origin = manifest.installation + "/" + manifest.stream};
  auto note = tlog::parse_note(members.at(std::string(kBundleCheckpoint)));
  auto checkpoint = note ? tlog::parse_checkpoint(note->text) : note.error();
  if (!checkpoint || checkpoint->origin != heads.origin || !checkpoint->extensions.empty()) {
    return corrupt(kBundleCheckpoint, "not a checkpoint of this stream");
  }
  heads.note = *std::move(note);
  heads.checkpoint = *std::move(checkpoint);
  SRASTA_TRY_ASSIGN(const auto by_log, log_keys(members, manifest, heads.origin, options));
  SRASTA_TRY_ASSIGN(const auto by_epoch, epoch_keys(members, heads.origin, options));
  if (!is_signed_by(heads.note, by_log)) {
    return corrupt(kBundleCheckpoint, "not signed by the log key");
  }
  if (!is_signed_by(heads.note, by_epoch)) {
    return corrupt(kBundleCheckpoint, "not signed by the key of its epoch");
  }
  SRASTA_TRY(check_cosigned(members, by_log, heads));
  if (const auto& policy = options.policy) {
    SRASTA_TRY(check_witnesses(members, manifest, by_log, heads, *policy));
  }
  return heads;
}

}  // namespace srasta::audit
