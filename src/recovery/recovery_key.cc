#include "recovery/recovery_key.h"

#include "base/file.h"
#include "recovery/sealing.h"

#include <algorithm>

namespace srasta::recovery {
namespace {

constexpr std::string_view kSecret = "AGE-SECRET-KEY-1";
constexpr std::string_view kPublic = "# public key: ";
constexpr std::string_view kPin = "# srasta log key: ";
constexpr uint64_t kMostBytes = 1024;

std::string_view next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

/// Bech32 of 32 bytes under "age".
bool is_recipient(std::string_view text) {
  return text.size() == 62 && text.starts_with("age1") && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

}  // namespace

base::Result<RecoveryKey> make_recovery_key() {
  SRASTA_TRY_ASSIGN(const base::Secret printed, output_of("age-keygen", {}));
  RecoveryKey key;
  for (std::string_view rest = printed.expose(); !rest.empty();) {
    const std::string_view line = next_line(rest);
    if (line.starts_with(kSecret)) key.identity = base::Secret(std::string(line) + "\n");
    if (line.starts_with(kPublic)) key.recipient = line.substr(kPublic.size());
  }
  if (!key.identity.empty() && is_recipient(key.recipient)) return key;
  return base::make_error(base::Code::Internal, "age-keygen printed no key that is known here");
}

std::string recipient_file(const std::string& data_folder) {
  return data_folder + "/keys/recovery.pub";
}

base::Result<std::string> read_recipient(const std::string& data_folder) {
  base::PosixFileSystem files;
  const std::string path = recipient_file(data_folder);
  SRASTA_TRY_ASSIGN(std::string text, base::read_file(files, path, kMostBytes));
  while (text.ends_with('\n')) text.pop_back();
  if (is_recipient(text)) return text;
  return base::make_error(base::Code::Corrupt, path + " holds no X25519 recipient of age");
}

base::Result<void> keep_recipient(const std::string& data_folder, const std::string& recipient) {
  base::PosixFileSystem files;
  const std::string path = recipient_file(data_folder);
  if (files.identity(path).ok()) {
    return base::make_error(base::Code::Conflict,
                            path +
                                " is there already; to use another recovery key from now on, "
                                "remove it first (older sets still need the one of before)");
  }
  if (!is_recipient(recipient)) {
    return base::make_error(base::Code::Invalid, "this is no X25519 recipient of age");
  }
  return base::write_file_atomic(files, path, recipient + "\n");
}

base::Result<Identity> parse_identity(base::Secret text) {
  Identity identity;
  bool any = false;
  for (std::string_view rest = text.expose(); !rest.empty();) {
    const std::string_view line = next_line(rest);
    any = any || line.starts_with(kSecret);
    if (!line.starts_with(kPin)) continue;
    SRASTA_TRY_ASSIGN(auto key, tlog::VerifierKey::parse(line.substr(kPin.size())));
    identity.pinned.push_back(std::move(key));
  }
  if (!any) {
    return base::make_error(base::Code::Invalid,
                            "there is no recovery key in it (a line AGE-SECRET-KEY-1...)");
  }
  identity.text = std::move(text);
  return identity;
}

std::string pin_line(std::string_view log_key) {
  return std::string(kPin) + std::string(log_key) + "\n";
}

}  // namespace srasta::recovery
