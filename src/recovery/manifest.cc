#include "recovery/manifest.h"

#include "base/encoding.h"
#include "json/document.h"
#include "json/writer.h"

#include <algorithm>
#include <utility>

namespace srasta::recovery {
namespace {

constexpr std::string_view kKind = "BackupSet";
constexpr std::string_view kContext = "srasta-backup-set/1";

std::string hex(const crypto::Digest& digest) {
  return base::to_hex(crypto::bytes_of(digest));
}

base::Error not_one(const std::string& what) {
  return base::make_error(base::Code::Corrupt, "the manifest is damaged: " + what);
}

/// Members of an object, each of which must be there.
class Reader {
 public:
  explicit Reader(json::Value object) : object_(object) {}

  [[nodiscard]] base::Result<std::string> text(std::string_view name) const {
    const auto value = object_.find(name);
    const auto found = value ? value->string() : std::nullopt;
    if (!found) return not_one(std::string(name));
    return std::string(*found);
  }
  [[nodiscard]] base::Result<int64_t> integer(std::string_view name) const {
    const auto value = object_.find(name);
    const auto found = value ? value->integer() : std::nullopt;
    if (!found || *found < 0) return not_one(std::string(name));
    return *found;
  }
  [[nodiscard]] base::Result<uint64_t> count(std::string_view name) const {
    SRASTA_TRY_ASSIGN(const int64_t found, integer(name));
    return static_cast<uint64_t>(found);
  }
  [[nodiscard]] base::Result<crypto::Digest> digest(std::string_view name) const {
    SRASTA_TRY_ASSIGN(const std::string found, text(name));
    const auto bytes = base::from_hex(found);
    const auto value = bytes ? crypto::digest_from(*bytes) : std::nullopt;
    if (!value) return not_one(std::string(name));
    return *value;
  }
  [[nodiscard]] base::Result<json::Value> object(std::string_view name) const {
    const auto found = object_.find(name);
    if (!found || !found->is_object()) return not_one(std::string(name));
    return *found;
  }
  /// Calls `take(key, value)` for each member of the object `name`.
  template <typename Take>
  [[nodiscard]] base::Result<void> each(std::string_view name, Take take) const {
    SRASTA_TRY_ASSIGN(const json::Value members, object(name));
    base::Result<void> outcome;
    members.for_each_member([&](std::string_view key, json::Value value) {
      if (outcome.ok()) outcome = take(std::string(key), value);
    });
    return outcome;
  }

 private:
  json::Value object_;
};

base::Result<Manifest::Component> read_component(json::Value value) {
  const Reader reader(value);
  Manifest::Component component;
  SRASTA_TRY_ASSIGN(const std::string name, reader.text("name"));
  const auto part = find_part(name);
  if (!part) return not_one("component " + name);
  component.part = *part;
  SRASTA_TRY_ASSIGN(component.files, reader.count("files"));
  SRASTA_TRY_ASSIGN(component.bytes, reader.count("bytes"));
  SRASTA_TRY_ASSIGN(component.plain, reader.digest("plain"));
  SRASTA_TRY_ASSIGN(component.stored, reader.count("stored"));
  SRASTA_TRY_ASSIGN(component.cipher, reader.digest("cipher"));
  return component;
}

base::Result<void> read_components(json::Value root, Manifest& manifest) {
  const auto list = root.find("components");
  if (!list || !list->is_array()) return not_one("components");
  for (size_t i = 0; i < list->size(); ++i) {
    SRASTA_TRY_ASSIGN(auto component, read_component(list->at(i)));
    const bool twice = std::ranges::find(manifest.components, component.part,
                                         &Manifest::Component::part) != manifest.components.end();
    if (twice) return not_one("components");
    manifest.components.push_back(component);
  }
  return {};
}

base::Result<void> read_barrier(const Reader& reader, Manifest& manifest) {
  SRASTA_TRY_ASSIGN(const json::Value barrier, reader.object("barrier"));
  const Reader inner(barrier);
  SRASTA_TRY_ASSIGN(manifest.frozen_us, inner.count("frozen_us"));
  SRASTA_TRY(
      inner.each("streams", [&](const std::string& name, json::Value value) -> base::Result<void> {
        const Reader one(value);
        Manifest::Stream& stream = manifest.streams[name];
        SRASTA_TRY_ASSIGN(stream.records, one.count("records"));
        SRASTA_TRY_ASSIGN(stream.head, one.digest("head"));
        SRASTA_TRY_ASSIGN(stream.how, one.text("how"));
        return {};
      }));
  return inner.each(
      "databases", [&](const std::string& path, json::Value value) -> base::Result<void> {
        const Reader one(value);
        Manifest::Database& database = manifest.databases[path];
        SRASTA_TRY_ASSIGN(database.version, one.integer("version"));
        return one.each("rows",
                        [&](const std::string& table, json::Value rows) -> base::Result<void> {
                          if (!rows.integer()) return not_one("rows");
                          database.rows[table] = *rows.integer();
                          return {};
                        });
      });
}

void write_barrier(json::Writer& writer, const Manifest& manifest) {
  writer.key("barrier").begin_object();
  writer.member("frozen_us", static_cast<int64_t>(manifest.frozen_us));
  writer.key("streams").begin_object();
  for (const auto& [name, stream] : manifest.streams) {
    writer.key(name).begin_object().member("records", static_cast<int64_t>(stream.records));
    writer.member("head", hex(stream.head)).member("how", stream.how).end_object();
  }
  writer.end_object().key("databases").begin_object();
  for (const auto& [path, database] : manifest.databases) {
    writer.key(path).begin_object().member("version", database.version);
    writer.key("rows").begin_object();
    for (const auto& [table, rows] : database.rows) writer.member(table, rows);
    writer.end_object().end_object();
  }
  writer.end_object().end_object();
}

std::string note_text(std::string_view json, const Manifest& manifest) {
  return std::string(kContext) + "\n" + manifest.install_id + "\n" + manifest.id + "\n" +
         hex(crypto::sha256(json)) + "\n";
}

}  // namespace

std::string Manifest::Component::file() const {
  return std::string(to_string(part)) + ".tar.age";
}

std::string write_manifest(const Manifest& manifest) {
  json::Writer writer;
  writer.begin_object().member("kind", kKind).member("schema", kManifestSchema);
  writer.member("id", manifest.id).member("install_id", manifest.install_id);
  writer.member("created", manifest.created).member("release", manifest.release);
  writer.member("log_key", manifest.log_key).member("recipient", manifest.recipient);
  write_barrier(writer, manifest);
  writer.key("components").begin_array();
  for (const Manifest::Component& component : manifest.components) {
    writer.begin_object().member("name", to_string(component.part));
    writer.member("files", static_cast<int64_t>(component.files));
    writer.member("bytes", static_cast<int64_t>(component.bytes));
    writer.member("plain", hex(component.plain));
    writer.member("stored", static_cast<int64_t>(component.stored));
    writer.member("cipher", hex(component.cipher)).end_object();
  }
  writer.end_array().key("left_out").begin_object();
  for (const auto& [path, why] : manifest.left_out) writer.member(path, why);
  return writer.end_object().end_object().take() + "\n";
}

base::Result<Manifest> parse_manifest(std::string_view json) {
  const auto document = json::Document::parse(json);
  if (!document) return not_one("it is no JSON");
  const json::Value root = document->root();
  const Reader reader(root);
  SRASTA_TRY_ASSIGN(const std::string kind, reader.text("kind"));
  if (kind != kKind) return not_one("kind");
  SRASTA_TRY_ASSIGN(const int64_t schema, reader.integer("schema"));
  if (schema > kManifestSchema) {
    return base::make_error(base::Code::Unsupported,
                            "the set was written by a newer release (schema " +
                                std::to_string(schema) + ", this one knows " +
                                std::to_string(kManifestSchema) + "): use that release");
  }
  Manifest manifest;
  SRASTA_TRY_ASSIGN(manifest.id, reader.text("id"));
  if (!is_set_id(manifest.id)) return not_one("id");
  SRASTA_TRY_ASSIGN(manifest.install_id, reader.text("install_id"));
  SRASTA_TRY_ASSIGN(manifest.created, reader.text("created"));
  SRASTA_TRY_ASSIGN(manifest.release, reader.text("release"));
  SRASTA_TRY_ASSIGN(manifest.log_key, reader.text("log_key"));
  SRASTA_TRY_ASSIGN(manifest.recipient, reader.text("recipient"));
  SRASTA_TRY(read_barrier(reader, manifest));
  SRASTA_TRY(read_components(root, manifest));
  SRASTA_TRY(
      reader.each("left_out", [&](const std::string& path, json::Value why) -> base::Result<void> {
        if (!why.string()) return not_one("left_out");
        manifest.left_out[path] = *why.string();
        return {};
      }));
  return manifest;
}

base::Result<std::string> sign_manifest(std::string_view json, const Manifest& manifest,
                                        const tlog::SignerKey& key) {
  tlog::Note note{.text = note_text(json, manifest), .signatures = {}};
  SRASTA_TRY_ASSIGN(auto signature, tlog::sign_text(note.text, key));
  SRASTA_TRY(tlog::add_signature(note, std::move(signature)));
  return tlog::write_note(note);
}

base::Result<void> check_signature(std::string_view json, const Manifest& manifest,
                                   std::string_view note,
                                   std::span<const tlog::VerifierKey> trusted) {
  const auto parsed = tlog::parse_note(note);
  if (!parsed) return not_one(std::string(kSignatureFile) + " is no signed note");
  if (parsed->text != note_text(json, manifest)) {
    return base::make_error(base::Code::Unauthenticated,
                            "the signature is of another manifest than this one");
  }
  std::vector<tlog::VerifierKey> ours;
  std::ranges::copy_if(trusted, std::back_inserter(ours), [&](const tlog::VerifierKey& key) {
    return key.name() == manifest.install_id && key.type() == tlog::SignatureType::Ed25519;
  });
  const auto verified = tlog::verify_note(*parsed, ours);
  if (verified && !verified->empty()) return {};
  return base::make_error(base::Code::Unauthenticated,
                          "the manifest is not signed by the log key of installation " +
                              manifest.install_id + " that you trust");
}

bool is_set_id(std::string_view text) {
  return text.size() == 26 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

}  // namespace srasta::recovery
