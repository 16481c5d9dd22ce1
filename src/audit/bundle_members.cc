#include "audit/bundle_members.h"

#include "audit/bundle.h"
#include "audit/ustar.h"

#include <algorithm>
#include <utility>

namespace srasta::audit {
namespace {

base::Error corrupt(const std::string& message) {
  return base::make_error(base::Code::Corrupt, message);
}

bool is_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

/// The manifest has the hashes of all others, so it comes last.
bool comes_after(const std::string& name, const std::string& last) {
  return last != kBundleManifest && (name == kBundleManifest || name > last);
}

}  // namespace

void BundleMembers::rewind() {
  at_ = 0;
  last_.clear();
}

base::Result<std::optional<BundleMembers::Member>> BundleMembers::end() {
  SRASTA_TRY_ASSIGN(const std::string rest, base::read_range(file_, at_, kUstarEnd + 1));
  if (rest.size() == kUstarEnd && is_zero(rest)) return std::optional<Member>();
  return corrupt("byte " + std::to_string(at_) + ": not the end of an archive");
}

base::Result<std::optional<BundleMembers::Member>> BundleMembers::next() {
  if (last_ == kBundleManifest) return end();
  SRASTA_TRY_ASSIGN(const std::string block, base::read_range(file_, at_, kUstarBlock));
  auto header = parse_ustar_header(block);
  if (!header) return corrupt("byte " + std::to_string(at_) + ": not the header of a member");
  Member member{.name = std::move(header->name), .size = header->size, .at = at_ + kUstarBlock};
  if (!comes_after(member.name, last_)) return corrupt(member.name + ": out of order");
  const uint64_t padding = ustar_padding(member.size);
  SRASTA_TRY_ASSIGN(const std::string zeros,
                    base::read_range(file_, member.at + member.size, padding));
  SRASTA_TRY_ASSIGN(const base::FileIdentity identity, file_.identity());
  if (zeros.size() != padding || !is_zero(zeros) || member.at + member.size > identity.size) {
    return corrupt(member.name + ": cut off, or not padded with zeros");
  }
  at_ = member.at + member.size + padding;
  last_ = member.name;
  return std::optional(std::move(member));
}

base::Result<std::string> BundleMembers::content(const Member& member) {
  return base::read_range(file_, member.at, member.size);
}

base::Result<crypto::Digest> BundleMembers::hash(const Member& member) {
  constexpr uint64_t kPiece = uint64_t{1} << 20;
  crypto::Sha256 hash;
  for (uint64_t done = 0; done < member.size;) {
    SRASTA_TRY_ASSIGN(
        const std::string piece,
        base::read_range(file_, member.at + done, std::min(kPiece, member.size - done)));
    if (piece.empty()) return corrupt(member.name + ": cut off, or not padded with zeros");
    hash.update(piece);
    done += piece.size();
  }
  return hash.finish();
}

}  // namespace srasta::audit
