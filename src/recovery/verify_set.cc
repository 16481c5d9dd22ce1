#include "recovery/verify_set.h"

#include "audit/verifier.h"
#include "base/encoding.h"
#include "base/file.h"
#include "crypto/signature.h"
#include "recovery/archive.h"
#include "recovery/sealing.h"
#include "storage/backup.h"
#include "tlog/tile.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace srasta::recovery {
namespace {

constexpr uint64_t kMostKeyFile = uint64_t{64} << 10;

/// Where a component may write: to what it is made from, and nowhere else.
bool belongs(Part part, std::string_view name) {
  if (part == Part::Canary) return name == "canary";
  if (part == Part::Config) return name == "restored.yaml";
  if (part == Part::Ledger) {
    const size_t tile = name.find("/tile/");
    if (name.starts_with("audit/") && tile != name.npos &&
        tlog::parse_tile_path(name.substr(tile + 1))) {
      return true;
    }
  }
  const auto place = place_of(name);
  return place == Place(part);
}

void check_component(const SetFolder& set, const Manifest::Component& component,
                     Problems& problems) {
  const std::string name = component.file();
  const auto found = digest_of_file(set.path + "/" + name);
  if (!found) {
    problems.push_back(found.error().code == base::Code::NotFound ? name + " is missing"
                                                                  : found.error().message);
    return;
  }
  if (found->bytes != component.stored) {
    problems.push_back(
        fmt::format("{} has {} bytes, {} were written", name, found->bytes, component.stored));
  } else if (found->digest != component.cipher) {
    problems.push_back(name + " is not what was written");
  }
}

void check_database(const std::string& folder, const std::string& path,
                    const Manifest::Database& expected, Problems& problems) {
  const auto shape = sql::inspect(folder + "/" + path);
  if (!shape) {
    problems.push_back(path + ": " + shape.error().message);
    return;
  }
  if (shape->version == expected.version && shape->rows == expected.rows) return;
  problems.push_back(path + " does not hold the rows that were counted");
}

void check_keys(const Manifest& manifest, const std::string& folder, Problems& problems) {
  base::PosixFileSystem files;
  const auto install = base::read_file(files, folder + "/install.id", kMostKeyFile);
  if (!install || install->substr(0, install->find('\n')) != manifest.install_id) {
    problems.emplace_back("install.id is not that of the manifest");
  }
  auto pem = base::read_file(files, folder + "/keys/log.pem", kMostKeyFile);
  const base::Secret secret(pem ? *std::move(pem) : std::string());
  const auto key = crypto::PrivateKey::from_pem(secret);
  const auto expected = tlog::VerifierKey::parse(manifest.log_key);
  if (!key || !expected || key->public_bytes() != expected->public_key()) {
    problems.emplace_back("keys/log.pem is not the key that signed the manifest");
  }
  if (!files.identity(folder + "/keys/issuer.pem")) {
    problems.emplace_back("keys/issuer.pem is missing");
  }
}

void check_stream(const audit::LedgerReport& report, const std::string& name,
                  const Manifest::Stream& expected, Problems& problems) {
  const auto found = std::ranges::find(report.streams, name, &audit::StreamReport::stream);
  if (found == report.streams.end()) {
    problems.push_back("the stream " + name + " is missing");
  } else if (const auto& violation = found->violation) {
    problems.push_back(fmt::format("the stream {} is not intact: {} {} ({})", name,
                                   audit::to_string(violation->verdict), violation->seq,
                                   violation->where));
  } else if (found->records != expected.records || found->head != expected.head) {
    problems.push_back(fmt::format("the stream {} ends at record {}, the barrier was at {}", name,
                                   found->records, expected.records));
  }
}

void check_ledger(const Manifest& manifest, const std::string& folder, Problems& problems) {
  base::PosixFileSystem files;
  audit::VerifyOptions options;
  if (auto key = tlog::VerifierKey::parse(manifest.log_key)) {
    options.trusted.push_back(*std::move(key));
  }
  const auto report = audit::verify_ledger(files, folder + "/audit", options);
  for (const auto& [name, stream] : manifest.streams) {
    check_stream(report, name, stream, problems);
  }
  if (report.streams.size() != manifest.streams.size()) {
    problems.emplace_back("the ledger has other streams than the manifest says");
  }
  if (!report.intact() && problems.empty()) problems.push_back(report.sentence());
}

}  // namespace

Problems check_files(const SetFolder& set, const Progress& progress) {
  Problems problems;
  std::set<std::string> expected = {std::string(kManifestFile), std::string(kSignatureFile)};
  for (const Manifest::Component& component : set.manifest.components) {
    if (progress) progress(to_string(component.part), 0, component.stored);
    check_component(set, component, problems);
    expected.insert(component.file());
    if (progress) progress(to_string(component.part), component.stored, component.stored);
  }
  for (const Part part : {Part::Keys, Part::Ledger, Part::Canary}) {
    if (std::ranges::find(set.manifest.components, part, &Manifest::Component::part) ==
        set.manifest.components.end()) {
      problems.push_back("the set has no component " + std::string(to_string(part)));
    }
  }
  base::PosixFileSystem files;
  const auto names = files.list(set.path);
  if (!names) problems.push_back(names.error().message);
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (!expected.contains(name)) problems.push_back(name + " does not belong to the set");
  }
  return problems;
}

Problems unpack_set(const SetFolder& set, const base::Secret& identity, const std::string& folder,
                    const Progress& progress) {
  Problems problems;
  for (const Manifest::Component& component : set.manifest.components) {
    if (progress) progress(to_string(component.part), 0, component.bytes);
    Unpacked unpacked;
    const auto opened = open_sealed(
        set.path + "/" + component.file(), identity, [&](int input) -> base::Result<void> {
          SRASTA_TRY_ASSIGN(unpacked, unpack(input, folder, [&](std::string_view name) {
                              return belongs(component.part, name);
                            }));
          return {};
        });
    const std::string name = component.file();
    if (!opened) {
      problems.push_back(name + ": " + opened.error().message);
    } else if (unpacked.digest != component.plain || unpacked.bytes != component.bytes ||
               unpacked.files != component.files) {
      problems.push_back(name + " holds something else than was put into it");
    }
    if (progress) progress(to_string(component.part), component.bytes, component.bytes);
  }
  return problems;
}

Problems check_unpacked(const Manifest& manifest, const std::string& folder) {
  Problems problems;
  check_keys(manifest, folder, problems);
  for (const auto& [path, database] : manifest.databases) {
    check_database(folder, path, database, problems);
  }
  check_ledger(manifest, folder, problems);
  return problems;
}

}  // namespace srasta::recovery
