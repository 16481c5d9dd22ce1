#include "recovery/capture.h"

#include "audit/record.h"
#include "audit/segment.h"
#include "audit/stored_line.h"
#include "audit/stream_lock.h"
#include "audit/stream_name.h"
#include "base/file.h"
#include "recovery/inventory.h"
#include "storage/backup.h"
#include "tlog/tile.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace srasta::recovery {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostInline = uint64_t{4} << 20;
constexpr int kAttempts = 5;

base::Error changed(const std::string& what) {
  return base::make_error(base::Code::Conflict, what + " changed while it was looked at");
}

/// A stream's files at the barrier.
class StreamReader {
 public:
  StreamReader(base::FileSystem& files, const std::string& data_folder, std::string stream)
      : files_(files), data_(data_folder), folder_("audit/" + stream), name_(std::move(stream)) {}

  /// One that grows meanwhile: what is replaced is read first, so that it speaks of no record that
  /// is left out. What belongs together may have changed in between.
  base::Result<void> read_running(Captured& captured, Manifest::Stream& stream) {
    base::Error last = changed(folder_);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      found_.clear();
      SRASTA_TRY_ASSIGN(const auto before, epoch_files());
      const auto read = read_all(stream);
      SRASTA_TRY_ASSIGN(const auto after, epoch_files());
      if (read && before == after) {
        std::ranges::move(found_, std::back_inserter(captured.ledger));
        return {};
      }
      if (!read) last = read.error();
    }
    return last;
  }

  base::Result<void> read_still(Captured& captured, Manifest::Stream& stream) {
    SRASTA_TRY(read_all(stream));
    std::ranges::move(found_, std::back_inserter(captured.ledger));
    return {};
  }

 private:
  [[nodiscard]] std::string path_of(const std::string& path) const { return data_ + "/" + path; }

  base::Result<std::vector<std::string>> epoch_files() {
    SRASTA_TRY_ASSIGN(auto names, files_.list(path_of(folder_)));
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("epoch-"); });
    return names;
  }

  base::Result<void> read_all(Manifest::Stream& stream) {
    SRASTA_TRY_ASSIGN(const auto names, files_.list(path_of(folder_)));
    for (const std::string& name : names) SRASTA_TRY(take_entry(name));
    SRASTA_TRY(take_segments(stream));
    return take_tiles(stream.records);
  }

  base::Result<void> take_entry(const std::string& name) {
    std::string path = folder_ + "/";
    path += name;
    if (name == "quarantine" || name == "pruned") return take_folder(path);
    const auto place = place_of(path);
    if (!place || *place != Place(Part::Ledger)) return {};
    if (name == "checkpoints.log") return take_length(path);
    SRASTA_TRY_ASSIGN(std::string content, base::read_file(files_, path_of(path), kMostInline));
    found_.push_back({.path = std::move(path), .bytes = 0, .content = std::move(content)});
    return {};
  }

  base::Result<void> take_length(const std::string& path) {
    SRASTA_TRY_ASSIGN(const auto identity, files_.identity(path_of(path)));
    found_.push_back({.path = path, .bytes = identity.size, .content = std::nullopt});
    return {};
  }

  base::Result<void> take_folder(const std::string& folder) {
    std::error_code failure;
    for (const auto& entry : fs::recursive_directory_iterator(path_of(folder), failure)) {
      if (entry.is_directory(failure) || entry.path().extension() == ".new") continue;
      SRASTA_TRY(take_length(entry.path().lexically_relative(data_).string()));
    }
    if (failure) return base::make_error(base::Code::Io, folder + ": " + failure.message());
    return {};
  }

  base::Result<void> take_segments(Manifest::Stream& stream) {
    SRASTA_TRY_ASSIGN(auto names, files_.list(path_of(folder_ + "/seg")));
    std::erase_if(names, [](const std::string& name) { return !audit::parse_segment_name(name); });
    if (names.empty()) return changed(folder_ + "/seg");
    first_ = audit::parse_segment_name(names.front()).value_or(0);
    const size_t begin = found_.size();
    for (const std::string& name : names) {
      std::string path = folder_ + "/seg/";
      path += name;
      SRASTA_TRY(take_length(path));
    }
    SRASTA_TRY(cut_torn_end(found_.back()));
    for (size_t i = found_.size(); i > begin; --i) {
      if (found_[i - 1].bytes > 0) return take_head(found_[i - 1], stream);
    }
    return base::make_error(base::Code::Corrupt, folder_ + " has no record");
  }

  /// A record that is being written, or that a crash left half.
  base::Result<void> cut_torn_end(CapturedFile& segment) {
    SRASTA_TRY_ASSIGN(const auto file, files_.open(path_of(segment.path), base::OpenMode::Read));
    constexpr uint64_t kBlock = 4096;
    while (segment.bytes > 0) {
      const uint64_t from = segment.bytes - std::min(segment.bytes, kBlock);
      const auto size = static_cast<size_t>(segment.bytes - from);
      SRASTA_TRY_ASSIGN(const std::string bytes, base::read_range(*file, from, size));
      if (bytes.size() < size) return changed(segment.path);
      const size_t end = bytes.rfind('\n');
      if (end != std::string::npos) {
        segment.bytes = from + end + 1;
        return {};
      }
      segment.bytes = from;
    }
    return {};
  }

  base::Result<void> take_head(const CapturedFile& segment, Manifest::Stream& stream) {
    SRASTA_TRY_ASSIGN(const auto file, files_.open(path_of(segment.path), base::OpenMode::Read));
    const uint64_t from =
        segment.bytes - std::min<uint64_t>(segment.bytes, audit::kMaxLineBytes + 1);
    SRASTA_TRY_ASSIGN(std::string bytes, base::read_range(*file, from, segment.bytes - from));
    if (!bytes.ends_with('\n')) return changed(segment.path);
    bytes.pop_back();
    const size_t before = bytes.rfind('\n');
    const std::string_view line =
        std::string_view(bytes).substr(before == std::string::npos ? 0 : before + 1);
    const auto record = audit::parse_stored_record(line);
    if (!record) {
      return base::make_error(base::Code::Corrupt, path_of(segment.path) +
                                                       " ends with what is no record; run: srasta "
                                                       "audit verify --data " +
                                                       data_);
    }
    stream.records = record->seq + 1;
    stream.head = record->leaf;
    return {};
  }

  /// Full tiles never change. Where records were pruned nobody could make them anew.
  base::Result<void> take_tiles(uint64_t records) {
    if (first_ == 0) return {};
    std::error_code failure;
    const fs::path root(path_of(folder_));
    for (const auto& entry : fs::recursive_directory_iterator(root / "tile", failure)) {
      if (entry.is_directory(failure)) continue;
      const auto tile = tlog::parse_tile_path(entry.path().lexically_relative(root).string());
      if (!tile || tile->width < tlog::kTileWidth || tile->level > 6) continue;
      const uint64_t each = uint64_t{1} << (tlog::kTileHeight * (tile->level + 1));
      if (tile->index >= records / each) continue;
      SRASTA_TRY(take_length(entry.path().lexically_relative(data_).string()));
    }
    return {};
  }

  base::FileSystem& files_;
  const std::string& data_;
  const std::string folder_;
  const std::string name_;
  uint64_t first_ = 0;
  std::vector<CapturedFile> found_;
};

/// What is held while the barrier lasts; let go when it ends, however it does.
class Barrier {
 public:
  Barrier(base::FileSystem& files, const CaptureSettings& settings)
      : files_(files), settings_(settings) {}
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;
  ~Barrier() {
    for (const std::string& stream : held_) (void)settings_.end(stream);
  }

  base::Result<void> hold(const std::string& stream, Manifest::Stream& at) {
    at.how = "at_rest";
    const std::string folder = settings_.data_folder + "/audit/" + stream;
    if (!files_.identity(folder + "/LOCK")) return {};
    auto lock = audit::StreamLock::take(files_, folder);
    if (lock) {
      locks_.push_back(*std::move(lock));
      return {};
    }
    if (lock.error().code != base::Code::Conflict) return lock.error();
    const auto begun = settings_.begin(stream);
    if (!begun && begun.error().code != base::Code::NotFound) return begun.error();
    at.how = begun ? "held" : "running";
    if (begun) at_[stream] = *begun;
    if (begun) held_.push_back(stream);
    return {};
  }

  [[nodiscard]] base::Result<void> check(const std::string& stream,
                                         const Manifest::Stream& read) const {
    const auto at = at_.find(stream);
    if (at == at_.end()) return {};
    if (at->second.records == read.records && at->second.head == read.head) return {};
    return changed("stream " + stream);
  }

  base::Result<void> end() {
    base::Result<void> outcome;
    for (const std::string& stream : std::exchange(held_, {})) {
      auto ended = settings_.end(stream);
      if (!ended) outcome = std::move(ended);
    }
    locks_.clear();
    return outcome;
  }

 private:
  base::FileSystem& files_;
  const CaptureSettings& settings_;
  std::vector<std::string> held_;
  std::vector<audit::StreamLock> locks_;
  std::map<std::string, HeldAt> at_;
};

base::Result<std::vector<std::string>> streams_in(base::FileSystem& files,
                                                  const std::string& data_folder) {
  SRASTA_TRY_ASSIGN(auto names, files.list(data_folder + "/audit"));
  std::erase_if(names, [&](const std::string& name) {
    return !audit::is_stream_name(name) || !files.list(data_folder + "/audit/" + name + "/seg");
  });
  return names;
}

base::Result<void> take_whole(base::FileSystem& files, const std::string& data_folder,
                              const std::string& path, std::vector<CapturedFile>& into) {
  auto content = base::read_file(files, data_folder + "/" + path, kMostInline);
  if (!content && content.error().code == base::Code::NotFound) return {};
  if (!content) return content.error();
  into.push_back({.path = path, .bytes = 0, .content = *std::move(content)});
  return {};
}

base::Result<void> take_others(base::FileSystem& files, const CaptureSettings& settings,
                               Captured& captured) {
  for (const char* path : {"audit/origin", "audit/keys/log.pub"}) {
    SRASTA_TRY(take_whole(files, settings.data_folder, path, captured.ledger));
  }
  for (const auto& [stream, at] : captured.streams) {
    SRASTA_TRY(
        take_whole(files, settings.data_folder, "audit/" + stream + "/erasures", captured.salts));
  }
  const auto cursors = files.list(settings.data_folder + "/forward");
  for (const std::string& name : cursors ? *cursors : std::vector<std::string>()) {
    if (!name.ends_with(".cursor")) continue;
    SRASTA_TRY(take_whole(files, settings.data_folder, "forward/" + name, captured.ledger));
  }
  return {};
}

/// What nobody holds still comes last: the others speak of it as it was before.
base::Result<void> read_streams(base::FileSystem& files, const CaptureSettings& settings,
                                const Barrier& barrier, Captured& captured) {
  for (const bool running : {false, true}) {
    for (auto& [name, stream] : captured.streams) {
      if ((stream.how == "running") != running) continue;
      StreamReader reader(files, settings.data_folder, name);
      SRASTA_TRY(running ? reader.read_running(captured, stream)
                         : reader.read_still(captured, stream));
      SRASTA_TRY(barrier.check(name, stream));
    }
  }
  return {};
}

using Sources = std::vector<std::pair<std::string, sql::Source>>;

/// Those that keep their writers waiting until they are copied come first.
base::Result<Sources> open_sources(const CaptureSettings& settings,
                                   const std::vector<std::string>& databases) {
  Sources sources;
  for (const std::string& path : databases) {
    SRASTA_TRY_ASSIGN(sql::Source source, sql::Source::open(settings.data_folder + "/" + path));
    sources.emplace_back(path, std::move(source));
  }
  std::ranges::partition(sources,
                         [](const auto& source) { return source.first.ends_with("salts.db"); });
  return sources;
}

}  // namespace

base::Result<Captured> capture(const CaptureSettings& settings,
                               const std::vector<std::string>& databases) {
  base::PosixFileSystem files;
  Captured captured;
  SRASTA_TRY_ASSIGN(Sources sources, open_sources(settings, databases));
  SRASTA_TRY_ASSIGN(const auto streams, streams_in(files, settings.data_folder));
  const auto began = std::chrono::steady_clock::now();
  {
    Barrier barrier(files, settings);
    for (auto& [path, source] : sources) SRASTA_TRY(source.hold());
    for (const std::string& name : streams) {
      SRASTA_TRY(barrier.hold(name, captured.streams[name]));
    }
    for (auto& [path, source] : sources) SRASTA_TRY(source.take_snapshot());
    SRASTA_TRY(take_others(files, settings, captured));
    SRASTA_TRY(read_streams(files, settings, barrier, captured));
    SRASTA_TRY(barrier.end());
    for (auto& [path, source] : sources) source.release();
  }
  const auto frozen = std::chrono::steady_clock::now() - began;
  captured.frozen_us =
      static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(frozen).count());
  while (!sources.empty()) {
    auto [path, source] = std::move(sources.front());
    sources.erase(sources.begin());
    const std::string copy = fmt::format("{}/{}.db", settings.staging, sources.size());
    SRASTA_TRY(source.copy_to(copy));
    captured.databases[path] = copy;
  }
  return captured;
}

}  // namespace srasta::recovery
