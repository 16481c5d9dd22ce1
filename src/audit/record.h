#pragma once

#include "audit/event.h"
#include "base/clock.h"
#include "crypto/hash.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::audit {

/// The bytes of records, version 1 (docs/formats/audit-log.md).

inline constexpr size_t kMaxBodyBytes = 8192;
/// `,"h":"` + 64 digits + `"}` + LF: what follows a body whose closing brace was taken away.
inline constexpr size_t kSuffixBytes = 73;
inline constexpr size_t kMaxLineBytes = kMaxBodyBytes - 1 + kSuffixBytes;

/// What all records of one run of a writer have in common.
struct Author {
  std::string install_id;
  std::string stream;
  std::string service;
  std::string release;
  std::string node;
  std::string boot;    ///< 32 hexadecimal digits, drawn at each start
  uint64_t fence = 1;  ///< counts the writers of the stream
};

/// A place in the chain: the number of the next record and the leaf that it must name as `prev`.
struct ChainEnd {
  uint64_t next_seq = 0;
  crypto::Digest leaf{};
};

/// The start of the chain of `origin` (`<install id>/<stream>`) whose epoch 0 has this public key:
/// what the first record names as `prev`.
[[nodiscard]] crypto::Digest first_prev(std::string_view origin, const crypto::Digest& key);

/// Serialises what a producer knows. A record is its front, `,"prev":...,"seq":...` and its back;
/// the committer adds the middle once the order is known.
class RecordWriter {
 public:
  explicit RecordWriter(const Author& author);

  /// Appends front and back of the record to `out`; the back is the last `back_size()` bytes.
  /// `with_probe` takes the place of the head that the event has: one that was shown before.
  void append_parts(std::string& out, const Event& event, base::WallTime time, base::MonoTime mono,
                    const SeenHead* with_probe = nullptr) const;
  [[nodiscard]] size_t back_size() const { return back_size_; }

  /// Appends the stored line of the record with these parts and moves `end` past it.
  void append_line(std::string& out, std::string_view parts, ChainEnd& end) const;

 private:
  std::string boot_member_;
  std::string fence_member_;
  std::string back_;
  size_t back_size_;
};

}  // namespace srasta::audit
