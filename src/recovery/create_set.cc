#include "recovery/create_set.h"

#include "audit/install_id.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "base/file.h"
#include "recovery/archive.h"
#include "recovery/sealing.h"
#include "recovery/set_folder.h"
#include "storage/backup.h"

#include <filesystem>
#include <numeric>
#include <system_error>
#include <utility>

namespace srasta::recovery {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostKeyFile = uint64_t{64} << 10;
constexpr uint64_t kMostConfig = uint64_t{4} << 20;
constexpr std::string_view kStaging = "backup-";

/// A folder that goes with this object, unless it is kept.
class Transient {
 public:
  explicit Transient(std::string path) : path_(std::move(path)) {}
  Transient(const Transient&) = delete;
  Transient& operator=(const Transient&) = delete;
  ~Transient() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

/// Of a command that was killed: it cannot run any more, its lock is held by this one.
void remove_old_staging(base::FileSystem& files, const std::string& folder) {
  const auto names = files.list(folder);
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    std::error_code ignored;
    if (name.starts_with(kStaging)) fs::remove_all(fs::path(folder) / name, ignored);
  }
}

class SetWriter {
 public:
  SetWriter(const CreateSettings& settings, std::string folder)
      : settings_(settings), folder_(std::move(folder)) {}

  /// `fill` puts what belongs there into the archive.
  template <typename Fill>
  base::Result<void> add(Part part, uint64_t expected, Fill fill) {
    Manifest::Component component{.part = part};
    const std::string path = folder_ + "/" + component.file();
    SRASTA_TRY_ASSIGN(Sealer sealer, Sealer::start(settings_.recipient, path));
    ArchiveWriter archive(sealer.input());
    tell(part, 0, expected);
    const auto filled = fill(archive);
    const auto finished = filled ? archive.finish() : filled;
    const auto sealed = sealer.finish();
    SRASTA_TRY(filled);
    SRASTA_TRY(sealed);
    SRASTA_TRY(finished);
    component.files = archive.files();
    component.bytes = archive.bytes();
    component.plain = archive.digest();
    // Read back: what the manifest says is what lies there.
    SRASTA_TRY_ASSIGN(const FileDigest stored, digest_of_file(path));
    component.stored = stored.bytes;
    component.cipher = stored.digest;
    tell(part, expected, expected);
    components_.push_back(component);
    return {};
  }

  void tell(Part part, uint64_t done, uint64_t all) const {
    if (settings_.progress) settings_.progress(to_string(part), done, all);
  }
  [[nodiscard]] std::vector<Manifest::Component> take() { return std::move(components_); }

 private:
  const CreateSettings& settings_;
  const std::string folder_;
  std::vector<Manifest::Component> components_;
};

base::Result<void> add_captured(ArchiveWriter& archive, const std::string& data_folder,
                                const CapturedFile& file) {
  if (file.content) return archive.add_text(file.path, *file.content);
  return archive.add_file(file.path, data_folder + "/" + file.path, file.bytes);
}

base::Result<void> add_copy(ArchiveWriter& archive, const std::string& path,
                            const std::string& copy) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(const auto identity, files.identity(copy));
  return archive.add_file(path, copy, identity.size);
}

base::Result<void> add_keys(SetWriter& writer, const CreateSettings& settings,
                            const std::vector<std::string>& paths) {
  return writer.add(Part::Keys, 0, [&](ArchiveWriter& archive) -> base::Result<void> {
    base::PosixFileSystem files;
    for (const std::string& path : paths) {
      SRASTA_TRY_ASSIGN(std::string text,
                        base::read_file(files, settings.data_folder + "/" + path, kMostKeyFile));
      const base::Secret content(std::move(text));
      SRASTA_TRY(archive.add_text(path, content.expose()));
    }
    return {};
  });
}

base::Result<void> add_databases(SetWriter& writer, const Captured& captured) {
  for (const Part part : {Part::Admin, Part::Budgets, Part::Salts}) {
    std::vector<std::pair<std::string, std::string>> ours;
    for (const auto& [path, copy] : captured.databases) {
      if (place_of(path) == Place(part)) ours.emplace_back(path, copy);
    }
    if (ours.empty()) continue;
    SRASTA_TRY(writer.add(part, 0, [&](ArchiveWriter& archive) -> base::Result<void> {
      for (const auto& [path, copy] : ours) SRASTA_TRY(add_copy(archive, path, copy));
      if (part != Part::Salts) return {};
      for (const CapturedFile& file : captured.salts) {
        SRASTA_TRY(archive.add_text(file.path, *file.content));
      }
      return {};
    }));
  }
  return {};
}

base::Result<void> add_ledger(SetWriter& writer, const CreateSettings& settings,
                              const Captured& captured) {
  const uint64_t all =
      std::accumulate(captured.ledger.begin(), captured.ledger.end(), uint64_t{0},
                      [](uint64_t sum, const CapturedFile& file) { return sum + file.bytes; });
  return writer.add(Part::Ledger, all, [&](ArchiveWriter& archive) -> base::Result<void> {
    uint64_t done = 0;
    for (const CapturedFile& file : captured.ledger) {
      SRASTA_TRY(add_captured(archive, settings.data_folder, file));
      done += file.bytes;
      writer.tell(Part::Ledger, done, all);
    }
    return {};
  });
}

base::Result<void> add_rest(SetWriter& writer, const CreateSettings& settings) {
  base::PosixFileSystem files;
  if (!settings.config_file.empty()) {
    SRASTA_TRY_ASSIGN(const std::string text,
                      base::read_file(files, settings.config_file, kMostConfig));
    SRASTA_TRY(writer.add(Part::Config, 0, [&](ArchiveWriter& archive) {
      return archive.add_text("restored.yaml", text);
    }));
  }
  base::SystemEntropy entropy;
  const std::string canary = base::to_hex(base::random_bytes(entropy, 32)) + "\n";
  return writer.add(Part::Canary, 0,
                    [&](ArchiveWriter& archive) { return archive.add_text("canary", canary); });
}

base::Result<std::map<std::string, Manifest::Database>> shapes_of(const Captured& captured) {
  std::map<std::string, Manifest::Database> found;
  for (const auto& [path, copy] : captured.databases) {
    auto shape = sql::inspect(copy);
    if (!shape) {
      shape.error().message =
          "the database " + path + " cannot be backed up: " + shape.error().message;
      return shape.error();
    }
    found[path] = {.version = shape->version, .rows = std::move(shape->rows)};
  }
  return found;
}

/// A host that is busy may let a moment pass in which everybody held still.
base::Result<Captured> capture_patiently(const CaptureSettings& barrier,
                                         const std::vector<std::string>& databases) {
  constexpr int kAttempts = 3;
  auto captured = capture(barrier, databases);
  for (int attempt = 1; attempt < kAttempts && !captured; ++attempt) {
    const base::Code code = captured.error().code;
    if (code != base::Code::Timeout && code != base::Code::Conflict) break;
    captured = capture(barrier, databases);
  }
  return captured;
}

std::vector<std::string> databases_in(const Inventory& inventory) {
  std::vector<std::string> found;
  for (const auto& [part, paths] : inventory.files) {
    for (const std::string& path : paths) {
      if (path.ends_with(".db")) found.push_back(path);
    }
  }
  return found;
}

base::Result<void> put(const std::string& path, std::string_view content) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(const auto file, files.open(path, base::OpenMode::CreateNew));
  SRASTA_TRY(file->append(content));
  return file->sync();
}

base::Result<void> finish(const CreateSettings& settings, const std::string& partial,
                          const Manifest& manifest) {
  base::PosixFileSystem files;
  const std::string json = write_manifest(manifest);
  SRASTA_TRY_ASSIGN(const std::string note, sign_manifest(json, manifest, settings.log_key));
  SRASTA_TRY(put(partial + "/" + std::string(kManifestFile), json));
  SRASTA_TRY(put(partial + "/" + std::string(kSignatureFile), note));
  SRASTA_TRY(files.sync_folder(partial));
  SRASTA_TRY(files.rename(partial, settings.sets_folder + "/" + manifest.id));
  return files.sync_folder(settings.sets_folder);
}

}  // namespace

base::Result<Manifest> create_set(CreateSettings settings) {
  base::PosixFileSystem files;
  // Beside the keys: nobody else may look at the copies, or put others in their place.
  const std::string keys_folder = settings.data_folder + "/keys";
  remove_old_staging(files, keys_folder);
  SRASTA_TRY_ASSIGN(const Inventory inventory, take_inventory(settings.data_folder));
  const auto keys = inventory.files.find(Part::Keys);
  if (keys == inventory.files.end()) {
    return base::make_error(base::Code::NotFound,
                            settings.data_folder + " has no keys: it was never started");
  }
  SRASTA_TRY(files.make_folder(settings.sets_folder));
  Transient partial(settings.sets_folder + "/" + settings.id + std::string(kPartial));
  SRASTA_TRY(files.make_folder(partial.path()));
  const Transient staging(keys_folder + "/" + std::string(kStaging) + settings.id);
  SRASTA_TRY(files.make_folder(staging.path()));
  settings.barrier.staging = staging.path();
  SRASTA_TRY_ASSIGN(const Captured captured,
                    capture_patiently(settings.barrier, databases_in(inventory)));

  Manifest manifest{.id = settings.id,
                    .install_id = settings.log_key.name(),
                    .created = base::format_utc(settings.now),
                    .release = settings.release,
                    .log_key = settings.log_key.verifier().to_text(),
                    .recipient = settings.recipient,
                    .frozen_us = captured.frozen_us,
                    .streams = captured.streams,
                    .databases = {},
                    .components = {},
                    .left_out = inventory.left_out};
  SRASTA_TRY_ASSIGN(manifest.databases, shapes_of(captured));
  SetWriter writer(settings, partial.path());
  SRASTA_TRY(add_keys(writer, settings, keys->second));
  SRASTA_TRY(add_databases(writer, captured));
  SRASTA_TRY(add_ledger(writer, settings, captured));
  SRASTA_TRY(add_rest(writer, settings));
  manifest.components = writer.take();
  SRASTA_TRY(finish(settings, partial.path(), manifest));
  partial.keep();
  return manifest;
}

}  // namespace srasta::recovery
