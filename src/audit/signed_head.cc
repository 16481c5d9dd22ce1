#include "audit/signed_head.h"

#include <span>

namespace srasta::audit {
namespace {

/// A head has a handful of signatures, each of some hundred bytes.
constexpr uint64_t kMostHeadBytes = 64 * 1024;

}  // namespace

base::Result<std::optional<SignedHead>> read_head(base::FileSystem& files, const std::string& path,
                                                  std::string_view origin) {
  auto bytes = base::read_file(files, path, kMostHeadBytes);
  if (!bytes && bytes.error().code == base::Code::NotFound) return std::optional<SignedHead>();
  if (!bytes) return std::move(bytes).error();
  const auto damaged = [&path] {
    return base::make_error(base::Code::Corrupt, path + " is no checkpoint of this stream");
  };
  auto note = tlog::parse_note(*bytes);
  if (!note) return damaged();
  auto checkpoint = tlog::parse_checkpoint(note->text);
  if (!checkpoint || checkpoint->origin != origin || !checkpoint->extensions.empty()) {
    return damaged();
  }
  return std::optional(SignedHead{*std::move(note), *std::move(checkpoint)});
}

bool is_signed_by(const SignedHead& head, const tlog::VerifierKey& key) {
  return tlog::verify_note(head.note, std::span(&key, 1)).ok();
}

base::Result<SignedHead> sign_head(std::string_view origin, uint64_t size,
                                   const crypto::Digest& root, const tlog::SignerKey& key) {
  SignedHead head{
      .note = {},
      .checkpoint = {.origin = std::string(origin), .size = size, .root = root, .extensions = {}}};
  SRASTA_TRY_ASSIGN(head.note.text, tlog::write_checkpoint(origin, size, root));
  SRASTA_TRY_ASSIGN(auto signature, tlog::sign_text(head.note.text, key));
  head.note.signatures.push_back(std::move(signature));
  return head;
}

base::Result<void> write_head(base::FileSystem& files, const std::string& path,
                              const SignedHead& head) {
  return base::write_file_atomic(files, path, tlog::write_note(head.note));
}

}  // namespace srasta::audit
