#pragma once

#include "base/file.h"
#include "base/result.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/note_key.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::witness {

/// What a witness keeps on disk (docs/witness.md):
///
///     LOCK              held while a process uses the folder
///     witness.key       the private key
///     witness.pub       its public half, for those who trust this witness
///     logs/<any name>   keys of watched logs, one a line, each under the name of its log's origin
///     state/<origin>    the note that was cosigned last
///
/// `lock` first; the rest may be used by several threads, one for each origin.
class Folder {
 public:
  /// `files` must outlive the object.
  Folder(base::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  /// Makes what is missing, durably. Code::Conflict while another process has the folder.
  [[nodiscard]] base::Result<void> lock();

  /// The witness's own key. Without one, makes it, under `name` or else `fallback_name`. Invalid
  /// when there is one of another name than `name`; Corrupt when it is damaged, or missing although
  /// something was cosigned with it.
  [[nodiscard]] base::Result<tlog::SignerKey> open_key(const std::string& name,
                                                       const std::string& fallback_name);

  /// The keys of all watched logs. Invalid, with file and line, for what is no key of a log.
  [[nodiscard]] base::Result<std::vector<tlog::VerifierKey>> logs();
  /// Adds a key to `logs` unless it is there.
  [[nodiscard]] base::Result<void> add_log(const tlog::VerifierKey& key);

  /// The checkpoint of `origin` that was cosigned last; nothing when there is none. Corrupt for
  /// what is not such a note with a cosignature of `own`.
  [[nodiscard]] base::Result<std::optional<tlog::Checkpoint>> load(const std::string& origin,
                                                                   const tlog::VerifierKey& own);
  /// Makes `note` the one that was cosigned last. After an error the one before or this one is
  /// there, whole. Conflict when the folder was replaced, or its lock removed, since `lock`: what
  /// is there now may be older than what was cosigned, or another process's.
  [[nodiscard]] base::Result<void> store(const std::string& origin, const tlog::Note& note);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  [[nodiscard]] base::Result<void> check_lock();
  [[nodiscard]] base::Result<tlog::SignerKey> make_key(const std::string& path,
                                                       const std::string& name);

  base::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<base::File> lock_;
  base::FileIdentity locked_;
};

/// The name of a file about `origin`: what is not `A-Z a-z 0-9 . _ -` stands as `%` and two
/// hexadecimal digits, and what would be too long as a hash. Different for different origins.
[[nodiscard]] std::string file_name_of(std::string_view origin);

/// Whether `key` can be that of a watched log; the error says why not.
[[nodiscard]] base::Result<void> check_log_key(const tlog::VerifierKey& key);

}  // namespace srasta::witness
