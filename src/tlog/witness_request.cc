#include "tlog/witness_request.h"

#include "base/encoding.h"
#include "tlog/hash_lines.h"
#include "tlog/lines.h"
#include "tlog/tree_hash.h"

#include <optional>

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;
using base::Result;

constexpr std::string_view kOld = "old ";

std::optional<uint64_t> parse_size(std::string_view text) {
  const auto size = base::parse_u64(text);
  return size && *size <= kMostTreeSize ? size : std::nullopt;
}

}  // namespace

Result<WitnessRequest> parse_witness_request(std::string_view body) {
  if (body.size() > kMostWitnessRequestBytes) {
    return make_error(Code::TooLarge, "the request is too large");
  }
  Lines lines(body);
  const auto old_line = lines.next_behind(kOld);
  const auto old_size = old_line ? parse_size(*old_line) : std::nullopt;
  if (!old_size) return make_error(Code::Invalid, "the first line is not 'old' and a size");
  WitnessRequest request{.old_size = *old_size};
  SRASTA_TRY_ASSIGN(request.proof, parse_hash_lines(lines));
  SRASTA_TRY_ASSIGN(request.note, parse_note(lines.rest()));
  SRASTA_TRY_ASSIGN(request.checkpoint, parse_checkpoint(request.note.text));
  return request;
}

Result<std::string> write_witness_request(const WitnessRequest& request) {
  std::string body(kOld);
  body.append(std::to_string(request.old_size)).append("\n");
  write_hash_lines(request.proof, body);
  body.append(write_note(request.note));
  // The reader's rules are the writer's.
  SRASTA_TRY(parse_witness_request(body));
  return body;
}

std::string_view to_string(WitnessVerdict verdict) {
  switch (verdict) {
    case WitnessVerdict::UnknownOrigin:
      return "the origin is not watched";
    case WitnessVerdict::NotSigned:
      return "no trusted key signed the checkpoint";
    case WitnessVerdict::OldSizeAboveNew:
      return "the old size is larger than the checkpoint's";
    case WitnessVerdict::OldSizeNotOurs:
      return "the old size is not that of the checkpoint cosigned last";
    case WitnessVerdict::RootsDiffer:
      return "a checkpoint of this size with another root was cosigned";
    case WitnessVerdict::EmptyTreeWithRoot:
      return "the empty tree has another root";
    case WitnessVerdict::ProofDoesNotVerify:
      return "the consistency proof does not verify";
    case WitnessVerdict::Cosign:
      return "cosigned";
  }
  return "";
}

unsigned status_of(WitnessVerdict verdict) {
  switch (verdict) {
    case WitnessVerdict::UnknownOrigin:
      return 404;
    case WitnessVerdict::NotSigned:
      return 403;
    case WitnessVerdict::OldSizeAboveNew:
      return 400;
    case WitnessVerdict::OldSizeNotOurs:
    case WitnessVerdict::RootsDiffer:
      return 409;
    case WitnessVerdict::EmptyTreeWithRoot:
    case WitnessVerdict::ProofDoesNotVerify:
      return 422;
    case WitnessVerdict::Cosign:
      return 200;
  }
  return 500;
}

WitnessVerdict decide(const WitnessRequest& request, const WatchedLog* log) {
  const Checkpoint& next = request.checkpoint;
  if (log == nullptr) return WitnessVerdict::UnknownOrigin;
  if (!verify_note(request.note, log->keys)) return WitnessVerdict::NotSigned;
  if (request.old_size > next.size) return WitnessVerdict::OldSizeAboveNew;
  if (request.old_size != log->size) return WitnessVerdict::OldSizeNotOurs;
  if (next.size == 0 && next.root != empty_root()) return WitnessVerdict::EmptyTreeWithRoot;
  const crypto::Digest known = log->size == 0 ? empty_root() : log->root;
  if (next.size == log->size && next.root != known) return WitnessVerdict::RootsDiffer;
  if (!verify_consistency(log->size, known, next.size, next.root, request.proof)) {
    return WitnessVerdict::ProofDoesNotVerify;
  }
  return WitnessVerdict::Cosign;
}

std::string conflict_body(uint64_t size) {
  return std::to_string(size) + "\n";
}

Result<uint64_t> parse_conflict_body(std::string_view body) {
  Lines lines(body);
  const auto line = lines.next();
  const auto size = line && lines.rest().empty() ? parse_size(*line) : std::nullopt;
  if (!size) return make_error(Code::Invalid, "the answer is not the size of a tree");
  return *size;
}

}  // namespace srasta::tlog
