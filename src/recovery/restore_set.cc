#include "recovery/restore_set.h"

#include "audit/erasures.h"
#include "audit/install_id.h"
#include "audit/ledger.h"
#include "audit/pruned_prefix.h"
#include "audit/seek_record.h"
#include "audit/segment.h"
#include "audit/stream_lock.h"
#include "audit/stream_name.h"
#include "audit/verifier.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "erasure/salt_store.h"
#include "storage/backup.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <future>
#include <memory>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::recovery {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::make_error;

constexpr std::string_view kMarker = "/run/restore.id";
constexpr std::string_view kBackups = "/backups";
constexpr base::Millis kMostWait{10'000};

base::Error failed(const std::string& what, const std::error_code& failure) {
  return make_error(Code::Io, what + ": " + failure.message());
}

base::Result<void> sync_parent(const std::string& path) {
  base::PosixFileSystem files;
  const size_t slash = path.rfind('/');
  return files.sync_folder(slash == 0 ? "/" : path.substr(0, slash));
}

std::vector<std::string> streams_of(const std::string& audit_folder) {
  base::PosixFileSystem files;
  const auto names = files.list(audit_folder);
  std::vector<std::string> streams;
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (audit::is_stream_name(name) && files.list(audit_folder + "/" + name + "/seg")) {
      streams.push_back(name);
    }
  }
  return streams;
}

/// Keeps everything that writes into a data folder from starting; Conflict while something runs.
class Standstill {
 public:
  base::Result<void> take(const std::string& data_folder) {
    const std::string path = data_folder + "/run/up.lock";
    if (files_.identity(path)) {
      SRASTA_TRY_ASSIGN(up_, files_.open(path, base::OpenMode::ReadWrite));
      if (auto taken = up_->lock(); !taken) return running(data_folder, taken.error());
    }
    for (const std::string& stream : streams_of(data_folder + "/audit")) {
      const std::string folder = data_folder + "/audit/" + stream;
      if (!files_.identity(folder + "/LOCK")) continue;
      auto lock = audit::StreamLock::take(files_, folder);
      if (!lock) return running(data_folder, lock.error());
      streams_.push_back(*std::move(lock));
    }
    return {};
  }

 private:
  static base::Error running(const std::string& data_folder, const base::Error& error) {
    if (error.code != Code::Conflict) return error;
    return make_error(Code::Conflict, "something runs on " + data_folder +
                                          "; stop the platform first (" + error.message + ")");
  }

  base::PosixFileSystem files_;
  std::unique_ptr<base::File> up_;
  std::vector<audit::StreamLock> streams_;
};

/// Whether this stream has the record at which the barrier of the set was.
base::Result<bool> goes_on_from(const std::string& stream_folder, const Manifest::Stream& at) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(const auto names, files.list(stream_folder + "/seg"));
  std::optional<uint64_t> segment;
  for (const std::string& name : names) {
    const auto first = audit::parse_segment_name(name);
    if (first && *first < at.records) segment = std::max(segment.value_or(0), *first);
  }
  if (!segment) return false;
  SRASTA_TRY_ASSIGN(
      const auto file,
      files.open(stream_folder + "/seg/" + audit::segment_name(*segment), base::OpenMode::Read));
  SRASTA_TRY_ASSIGN(const auto found, audit::seek_record(*file, at.records - 1));
  return found && found->record.leaf == at.head;
}

/// Why the ledger that is there cannot go on; empty if it can.
base::Result<std::string> why_ledger_ends(const Manifest& manifest,
                                          const std::string& data_folder) {
  base::PosixFileSystem files;
  const std::string folder = data_folder + "/audit";
  if (!files.list(folder)) return std::string("there is none");
  audit::VerifyOptions options;
  SRASTA_TRY_ASSIGN(auto key, tlog::VerifierKey::parse(manifest.log_key));
  options.trusted.push_back(std::move(key));
  const auto report = audit::verify_ledger(files, folder, options);
  if (!report.intact()) return report.sentence();
  for (const auto& [name, stream] : manifest.streams) {
    const auto goes_on = goes_on_from(folder + "/" + name, stream);
    if (!goes_on || !*goes_on) return "it does not go on from the set in the stream " + name;
  }
  for (const auto& [path, database] : manifest.databases) {
    if (place_of(path) != Place(Part::Salts)) continue;
    if (!sql::inspect(data_folder + "/" + path)) return path + " is damaged or missing";
  }
  return std::string();
}

base::Result<void> copy_tree(const std::string& from, const std::string& to) {
  std::error_code failure;
  if (!fs::exists(from, failure)) return {};
  fs::remove_all(to, failure);
  if (!failure) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks, failure);
  }
  if (failure) return failed("copy " + from, failure);
  return {};
}

/// Keys that another copy of the salts has no more are erased here, too.
base::Result<uint64_t> replay_erasures(const std::string& building, const std::string& from) {
  base::PosixFileSystem files;
  base::SystemEntropy entropy;
  uint64_t erased = 0;
  for (const std::string& stream : streams_of(building + "/audit")) {
    const std::string folder = "/audit/" + stream;
    if (!files.identity(building + folder + "/salts.db")) continue;
    if (!files.identity(from + folder + "/salts.db")) continue;
    SRASTA_TRY_ASSIGN(const auto ours,
                      erasure::SaltStore::open_existing(building + folder, entropy));
    const auto later = erasure::SaltStore::open_existing(from + folder, entropy);
    // What is damaged cannot tell; the set is what there is then.
    if (!later) continue;
    SRASTA_TRY_ASSIGN(const uint64_t here, ours->erase_like(**later));
    if (here > 0) SRASTA_TRY(ours->scrub());
    erased += here;
  }
  return erased;
}

class StreamWriter {
 public:
  static base::Result<StreamWriter> open(const std::string& building, const std::string& stream,
                                         const RestoreSettings& settings) {
    StreamWriter writer(settings.actor);
    const std::string folder = building + "/audit";
    SRASTA_TRY_ASSIGN(std::string id, audit::read_install_id(writer.parts_->files, folder));
    SRASTA_TRY_ASSIGN(
        writer.ledger_,
        audit::Ledger::open(writer.parts_->files, writer.parts_->clock, writer.parts_->entropy,
                            {.folder = folder,
                             .stream = stream,
                             .service = "restore",
                             .release = settings.release,
                             .install_id = std::move(id),
                             .must_wait = kMostWait,
                             .gather = base::Millis(0),
                             .new_epoch = true}));
    return writer;
  }

  base::Result<void> write(audit::Event event) {
    event.actor.id = audit::Subject(std::string_view(actor_));
    event.actor.kind = audit::ActorKind::User;
    std::promise<base::Result<void>> done;
    auto written = done.get_future();
    ledger_->append_durable(event, [&done](const base::Result<audit::Receipt>& outcome) {
      done.set_value(outcome ? base::Result<void>() : outcome.error());
    });
    return written.get();
  }
  base::Result<void> close() { return ledger_->close(); }

 private:
  struct Parts {
    base::PosixFileSystem files;
    base::SystemClock clock;
    base::SystemEntropy entropy;
  };
  explicit StreamWriter(std::string actor) : actor_(std::move(actor)) {}

  std::string actor_;
  std::unique_ptr<Parts> parts_ = std::make_unique<Parts>();  // outlives the ledger
  std::unique_ptr<audit::Ledger> ledger_;
};

/// One restore, step by step.
class Restore {
 public:
  Restore(const SetFolder& set, const RestoreSettings& settings)
      : set_(set),
        settings_(settings),
        data_(settings.data_folder),
        building_(data_ + ".restoring-" + settings.id) {}

  base::Result<Restored> run() {
    SRASTA_TRY(prepare());
    SRASTA_TRY(build());
    SRASTA_TRY(choose_ledger());
    SRASTA_TRY(redo_erasures());
    SRASTA_TRY(open_fences());
    if (settings_.check) SRASTA_TRY(settings_.check(building_));
    SRASTA_TRY(give_away());
    SRASTA_TRY(make_durable());
    SRASTA_TRY(swap());
    return std::move(restored_);
  }

 private:
  base::Result<void> prepare() {
    there_ = files_.identity(data_).ok();
    if (there_) SRASTA_TRY(standstill_.take(data_));
    SRASTA_TRY(files_.make_folder(building_ + "/run"));
    lock_.reset(::open(building_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!lock_.open() || ::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
      return base::errno_error("lock " + building_, errno);
    }
    return base::write_file_atomic(files_, building_ + std::string(kMarker), settings_.id);
  }

  base::Result<void> build() {
    Problems problems = unpack_set(set_, settings_.identity, building_, settings_.progress);
    if (problems.empty()) problems = check_unpacked(set_.manifest, building_);
    if (!problems.empty()) {
      return make_error(Code::Corrupt,
                        fmt::format("the set cannot be restored, and nothing was changed:\n{}",
                                    fmt::join(problems, "\n")));
    }
    restored_.config = files_.identity(building_ + "/restored.yaml").ok();
    return files_.remove(building_ + "/canary");
  }

  base::Result<void> choose_ledger() {
    SRASTA_TRY_ASSIGN(restored_.why_not_kept, why_ledger_ends(set_.manifest, data_));
    restored_.ledger_kept = restored_.why_not_kept.empty();
    if (!restored_.ledger_kept) return {};
    if (settings_.progress) settings_.progress("present ledger", 0, 0);
    SRASTA_TRY(copy_tree(data_ + "/audit", building_ + "/audit"));
    return copy_tree(data_ + "/forward", building_ + "/forward");
  }

  base::Result<void> redo_erasures() {
    for (const std::string& from : {data_, settings_.erasures}) {
      if (from.empty() || (from == data_ && restored_.ledger_kept)) continue;
      SRASTA_TRY_ASSIGN(const uint64_t erased, replay_erasures(building_, from));
      restored_.erasures += erased;
    }
    return {};
  }

  base::Result<void> open_fences() {
    for (const std::string& stream : streams_of(building_ + "/audit")) {
      SRASTA_TRY_ASSIGN(StreamWriter writer, StreamWriter::open(building_, stream, settings_));
      if (!restored_.ledger_kept) SRASTA_TRY(writer.write(restored_event(stream)));
      if (stream == audit::kOperatorStream) SRASTA_TRY(tell_operator(writer));
      SRASTA_TRY(writer.close());
    }
    return {};
  }

  [[nodiscard]] audit::Event restored_event(const std::string& stream) const {
    audit::Event event{.act = audit::Act::LogRestored, .outcome = audit::Outcome::Ok};
    const auto at = set_.manifest.streams.find(stream);
    event.data.add("set", audit::Label(std::string_view(set_.manifest.id)))
        .add("size", at == set_.manifest.streams.end() ? 0 : at->second.records);
    return event;
  }

  base::Result<void> tell_operator(StreamWriter& writer) {
    audit::Event event{.act = audit::Act::BackupRestore, .outcome = audit::Outcome::Ok};
    event.data.add("kept", bool{restored_.ledger_kept})
        .add("replayed", restored_.erasures)
        .add("set", audit::Label(std::string_view(set_.manifest.id)));
    SRASTA_TRY(writer.write(event));
    return tell_erasures(writer);
  }

  /// What was erased is counted by the salts; the log that lost the records says it again.
  base::Result<void> tell_erasures(StreamWriter& writer) {
    const std::string folder = building_ + "/audit";
    SRASTA_TRY_ASSIGN(const std::string id, audit::read_install_id(files_, folder));
    base::SystemEntropy entropy;
    for (const std::string& stream : streams_of(folder)) {
      std::string place = folder + "/";
      place += stream;
      if (!files_.identity(place + "/salts.db")) continue;
      SRASTA_TRY_ASSIGN(const auto salts, erasure::SaltStore::open_existing(place, entropy));
      SRASTA_TRY_ASSIGN(const uint64_t total, salts->total());
      SRASTA_TRY_ASSIGN(const uint64_t told, audit::read_erased(files_, folder, id, stream));
      if (total <= told) continue;
      const audit::Erasures all{.stream = stream, .total = total};
      SRASTA_TRY(writer.write(audit::erased_event(all, total - told)));
    }
    return {};
  }

  /// The keys stay with whoever restores, as they do with whoever starts the platform.
  base::Result<void> give_away() {
    if (!settings_.services) return {};
    const auto give = [&](const std::string& path) -> base::Result<void> {
      if (::lchown(path.c_str(), settings_.services->id, settings_.services->group) == 0) return {};
      return base::errno_error("chown " + path, errno);
    };
    SRASTA_TRY(give(building_));
    std::error_code failure;
    fs::recursive_directory_iterator walk(building_, failure);
    for (; !failure && walk != fs::recursive_directory_iterator(); walk.increment(failure)) {
      if (walk->path() == fs::path(building_) / "keys") {
        walk.disable_recursion_pending();
        continue;
      }
      SRASTA_TRY(give(walk->path().string()));
    }
    if (failure) return failed(building_, failure);
    return {};
  }

  base::Result<void> make_durable() {
    if (::syncfs(lock_.get()) != 0) return base::errno_error("sync " + building_, errno);
    return sync_parent(building_);
  }

  base::Result<void> swap() {
    const unsigned how = there_ ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, building_.c_str(), AT_FDCWD, data_.c_str(), how) != 0) {
      base::Error error =
          base::errno_error("put " + building_ + " in the place of " + data_, errno);
      error.message +=
          "; nothing was changed (is it the root of a volume? Move its content away "
          "yourself, then restore into a folder below)";
      return error;
    }
    SRASTA_TRY(sync_parent(data_));
    if (!there_) return {};
    restored_.before = data_ + ".before-" + settings_.id;
    return keep_former(building_, restored_.before, data_);
  }

 public:
  /// The former data folder gets its name; sets that lie in it are those of the new one, too.
  static base::Result<void> keep_former(const std::string& former, const std::string& name,
                                        const std::string& data_folder) {
    if (::renameat2(AT_FDCWD, former.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) != 0) {
      return base::errno_error("rename " + former, errno);
    }
    const std::string sets = std::string(kBackups);
    if (::renameat2(AT_FDCWD, (name + sets).c_str(), AT_FDCWD, (data_folder + sets).c_str(),
                    RENAME_NOREPLACE) != 0 &&
        errno != ENOENT && errno != EEXIST) {
      return base::errno_error("rename " + name + sets, errno);
    }
    return sync_parent(data_folder);
  }

 private:
  const SetFolder& set_;
  const RestoreSettings& settings_;
  const std::string data_;
  const std::string building_;
  base::PosixFileSystem files_;
  Standstill standstill_;
  base::Descriptor lock_;
  bool there_ = false;
  Restored restored_;
};

/// Nothing but what a restore makes before its marker.
bool is_just_begun(const std::string& folder) {
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(folder, failure)) {
    const std::string path = entry.path().lexically_relative(folder).string();
    if (path != "run" && path != "run/restore.id.new") return false;
  }
  return !failure;
}

/// Whether a folder is one that a restore was building: the one that it took the place of has no
/// marker of this id.
bool was_being_built(const std::string& folder, const std::string& id) {
  base::PosixFileSystem files;
  const auto marker = base::read_file(files, folder + std::string(kMarker), 64);
  if (marker) return *marker == id;
  return marker.error().code == Code::NotFound && is_just_begun(folder);
}

}  // namespace

base::Result<Restored> restore_set(const SetFolder& set, const RestoreSettings& settings) {
  auto restored = Restore(set, settings).run();
  if (!restored) {
    // Nothing of it is in use: its name is that of this restore only.
    const std::string building = settings.data_folder + ".restoring-" + settings.id;
    std::error_code ignored;
    if (was_being_built(building, settings.id)) fs::remove_all(building, ignored);
  }
  return restored;
}

base::Result<std::vector<std::string>> clean_leftovers(const std::string& data_folder) {
  std::vector<std::string> done;
  for (const std::string& folder : leftovers_of_restore(data_folder)) {
    const std::string id = folder.substr(folder.rfind('-') + 1);
    const base::Descriptor lock(
        ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!lock.open()) return base::errno_error("open " + folder, errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      return make_error(Code::Conflict, "another restore is building " + folder);
    }
    if (was_being_built(folder, id)) {
      std::error_code failure;
      fs::remove_all(folder, failure);
      if (failure) return failed("remove " + folder, failure);
      done.push_back("removed " + folder + ", which a restore left half done");
      continue;
    }
    const std::string name = data_folder + ".before-" + id;
    SRASTA_TRY(Restore::keep_former(folder, name, data_folder));
    done.push_back("the former data folder of a restore is " + name);
  }
  return done;
}

}  // namespace srasta::recovery
