#pragma once

#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// What to look for. Every filter that is set must fit; text is compared exactly.
struct Query {
  std::optional<std::string> act;  ///< a whole act, or a prefix that ends with "."
  std::optional<std::string> actor;
  std::optional<std::string> tenant;
  std::optional<std::string> outcome;
  std::optional<std::string> request;
  std::optional<std::string> since;  ///< inclusive; a prefix of the form of `t`, as "2026-11-24T09"
  std::optional<std::string> until;  ///< exclusive, same form
};

/// A record as it is found; views into its line.
struct Found {
  std::string_view line;  ///< as stored, without LF
  uint64_t seq = 0;
  std::string_view time;
  std::string_view act;
  std::string_view outcome;
  std::string_view actor;
  std::string_view tenant;
  std::string_view request;  ///< empty when the record has none
  std::string_view reason;   ///< data.reason, empty when there is none
};

/// Whether `record` is what `query` looks for.
[[nodiscard]] bool fits(const Found& record, const Query& query);

/// The members of a stored line; nothing if it is not one. Reads, does not verify.
[[nodiscard]] std::optional<Found> read_found(std::string_view line);

/// Reads a stream forward and can go on later, when the writer has added records.
class StreamReader {
 public:
  /// `stream_folder` is <data>/audit/<stream>; `files` must outlive the reader.
  StreamReader(base::FileSystem& files, std::string stream_folder)
      : files_(files), folder_(std::move(stream_folder)) {}

  /// Visits every complete record after the last visited one. Lines that are no records are
  /// skipped: `verify` tells of them. Code::NotFound when there is no such stream.
  base::Result<void> read_on(const std::function<void(const Found&)>& visit);

  /// Begins with the last `count` records (and everything after them) instead of the first.
  base::Result<void> skip_to_last(uint64_t count);

 private:
  base::Result<void> read_segment(uint64_t first, const std::function<void(const Found&)>& visit);
  base::Result<std::deque<uint64_t>> segments() const;

  base::FileSystem& files_;
  const std::string folder_;
  uint64_t segment_ = 0;   ///< the one to go on in
  uint64_t offset_ = 0;    ///< in it
  uint64_t from_seq_ = 0;  ///< earlier ones are not visited
};

}  // namespace srasta::audit
