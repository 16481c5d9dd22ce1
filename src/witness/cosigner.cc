#include "witness/cosigner.h"

#include "tlog/cosignature.h"

#include <algorithm>

namespace srasta::witness {
namespace {

using base::Code;
using base::Result;
using tlog::WitnessVerdict;

Answer refuse(int status, std::string reason) {
  Answer answer{.status = status, .body = reason + "\n"};
  answer.reason = std::move(reason);
  return answer;
}

/// What is kept of a checkpoint: its text, the signatures that were checked, and ours.
Result<tlog::Note> note_to_keep(const tlog::Note& shown, const tlog::WatchedLog& log,
                                tlog::NoteSignature cosignature) {
  SRASTA_TRY_ASSIGN(const auto verified, tlog::verify_note(shown, log.keys));
  tlog::Note kept{.text = shown.text, .signatures = {}};
  for (const tlog::VerifiedSignature& each : verified) {
    kept.signatures.push_back(shown.signatures[each.signature]);
  }
  SRASTA_TRY(tlog::add_signature(kept, std::move(cosignature)));
  return kept;
}

}  // namespace

Result<std::shared_ptr<Cosigner::Log>> Cosigner::open_log(const std::string& origin) {
  if (auto open = find(origin)) return open;
  auto log = std::make_shared<Log>();
  SRASTA_TRY_ASSIGN(const auto last, folder_.load(origin, key_.verifier()));
  if (last) {
    log->known.size = last->size;
    log->known.root = last->root;
  }
  return log;
}

std::shared_ptr<Cosigner::Log> Cosigner::find(const std::string& origin) const {
  const std::scoped_lock lock(mutex_);
  const auto found = logs_.find(origin);
  return found == logs_.end() ? nullptr : found->second;
}

Result<void> Cosigner::watch(std::vector<tlog::VerifierKey> keys) {
  std::map<std::string, std::shared_ptr<Log>, std::less<>> wanted;
  for (const tlog::VerifierKey& key : keys) {
    SRASTA_TRY(check_log_key(key));
    if (wanted.contains(key.name())) continue;
    SRASTA_TRY_ASSIGN(wanted[key.name()], open_log(key.name()));
  }
  std::map<std::string, std::shared_ptr<Log>, std::less<>> all;
  {
    const std::scoped_lock lock(mutex_);
    logs_.insert(wanted.begin(), wanted.end());
    all = logs_;
  }
  for (const auto& [origin, log] : all) {
    const std::scoped_lock lock(log->mutex);
    log->known.keys.clear();
    std::ranges::copy_if(keys, std::back_inserter(log->known.keys),
                         [&](const tlog::VerifierKey& key) { return key.name() == origin; });
  }
  return {};
}

size_t Cosigner::logs() const {
  std::vector<std::shared_ptr<Log>> all;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [origin, log] : logs_) all.push_back(log);
  }
  return static_cast<size_t>(std::ranges::count_if(all, [](const auto& log) {
    const std::scoped_lock lock(log->mutex);
    return !log->known.keys.empty();
  }));
}

Answer Cosigner::add_checkpoint(std::string_view body) {
  const auto request = tlog::parse_witness_request(body);
  if (!request) return refuse(400, request.error().message);
  const tlog::Checkpoint& next = request->checkpoint;
  const std::shared_ptr<Log> log = find(next.origin);
  if (!log) {
    return refuse(static_cast<int>(tlog::status_of(WitnessVerdict::UnknownOrigin)),
                  std::string(tlog::to_string(WitnessVerdict::UnknownOrigin)));
  }
  const std::scoped_lock lock(log->mutex);
  const bool watched = !log->known.keys.empty();
  const WitnessVerdict verdict = tlog::decide(*request, watched ? &log->known : nullptr);
  Answer answer =
      refuse(static_cast<int>(tlog::status_of(verdict)), std::string(tlog::to_string(verdict)));
  if (verdict == WitnessVerdict::OldSizeNotOurs) {
    answer.body = tlog::conflict_body(log->known.size);
    answer.content_type = tlog::kConflictContentType;
  }
  if (verdict == WitnessVerdict::Cosign) {
    auto line = cosign(*request, *log);
    if (line) {
      answer.body = *std::move(line);
    } else {
      answer = refuse(500, "the checkpoint was not cosigned");
      answer.reason = line.error().message;
    }
  }
  if (watched) answer.origin = next.origin;
  answer.size = next.size;
  return answer;
}

/// The cosignature leaves this function only after what it vouches for is durable. If it cannot be
/// made durable, `log` stays as it is: the disk then has the old note or this one, and nothing was
/// let out that is newer than either.
Result<std::string> Cosigner::cosign(const tlog::WitnessRequest& request, Log& log) {
  const int64_t now = base::unix_seconds(clock_.wall());
  if (now <= 0) return base::make_error(Code::Internal, "the clock stands before 1970");
  SRASTA_TRY_ASSIGN(const tlog::NoteSignature cosignature,
                    tlog::cosign(request.note.text, static_cast<uint64_t>(now), key_));
  // Once more the same checkpoint: it is on the disk already.
  if (request.checkpoint.size == log.known.size) return tlog::signature_line(cosignature);
  SRASTA_TRY_ASSIGN(const tlog::Note kept, note_to_keep(request.note, log.known, cosignature));
  SRASTA_TRY(folder_.store(request.checkpoint.origin, kept));
  log.known.size = request.checkpoint.size;
  log.known.root = request.checkpoint.root;
  return tlog::signature_line(cosignature);
}

}  // namespace srasta::witness
