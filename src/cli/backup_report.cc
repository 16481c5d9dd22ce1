#include "cli/backup_report.h"

#include "json/writer.h"

#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

std::string_view meaning_of(int level) {
  switch (level) {
    case 1:
      return "signed, and every file is there as it was written";
    case 2:
      return "decrypted, restored into a scratch folder, counted and verified up to the barrier";
    default:
      return "nothing is proved";
  }
}

std::string size_text(uint64_t bytes) {
  if (bytes < 10'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  return fmt::format("{} MB", bytes / 1'000'000);
}

void print_verdict_json(const recovery::SetFolder& set, const BackupVerdict& verdict) {
  json::Writer writer;
  writer.begin_object().member("set", set.manifest.id).member("good", verdict.good());
  writer.member("proved", static_cast<int64_t>(verdict.proved));
  writer.member("problems", std::span<const std::string>(verdict.problems));
  writer.member("skipped", std::span<const std::string>(verdict.skipped)).end_object();
  fmt::print("{}\n", writer.take());
}

}  // namespace

recovery::Progress progress_on_terminal() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](std::string_view step, uint64_t done, uint64_t all) {
    if (all == 0 || done == all) {
      fmt::print(stderr, "\r\033[K{}{}", step, done == all && all > 0 ? " done\n" : "");
    } else {
      fmt::print(stderr, "\r\033[K{} {}%", step, done * 100 / all);
    }
    std::fflush(stderr);
  };
}

uint64_t stored_bytes(const recovery::Manifest& manifest) {
  uint64_t bytes = 0;
  for (const auto& component : manifest.components) bytes += component.stored;
  return bytes;
}

void print_verdict(const recovery::SetFolder& set, const BackupVerdict& verdict, bool json) {
  if (json) return print_verdict_json(set, verdict);
  fmt::print("{} (set {} of installation {}, made {})\n", verdict.good() ? "OK" : "FAILED",
             set.manifest.id, set.manifest.install_id, set.manifest.created);
  fmt::print("level {}: {}\n", verdict.proved, meaning_of(verdict.proved));
  for (const std::string& problem : verdict.problems) fmt::print("problem: {}\n", problem);
  for (const std::string& skipped : verdict.skipped) fmt::print("not checked: {}\n", skipped);
}

void print_created(const recovery::Manifest& manifest, const std::string& path, bool json) {
  if (json) {
    json::Writer writer;
    writer.begin_object().member("set", manifest.id).member("path", path);
    writer.member("bytes", static_cast<int64_t>(stored_bytes(manifest)));
    writer.member("frozen_us", static_cast<int64_t>(manifest.frozen_us)).end_object();
    fmt::print("{}\n", writer.take());
    return;
  }
  fmt::print("OK {} ({}; nothing could be written for {} ms)\n", path,
             size_text(stored_bytes(manifest)), (manifest.frozen_us + 999) / 1000);
  for (const auto& [name, stream] : manifest.streams) {
    fmt::print("{}: {} records\n", name, stream.records);
  }
}

void print_sets(const std::vector<recovery::ListedSet>& sets, bool json) {
  json::Writer writer;
  writer.begin_object().key("sets").begin_array();
  for (const recovery::ListedSet& set : sets) {
    writer.begin_object().member("id", set.id).member("path", set.path);
    writer.member("complete", set.manifest.has_value());
    if (set.manifest) writer.member("created", set.manifest->created);
    if (!set.problem.empty()) writer.member("problem", set.problem);
    writer.end_object();
    if (json) continue;
    if (set.manifest) {
      fmt::print("{}  {}  {:>9}  {}\n", set.id, set.manifest->created,
                 size_text(stored_bytes(*set.manifest)), set.manifest->release);
    } else {
      fmt::print("{}  {}\n", set.id, set.problem);
    }
  }
  if (json) fmt::print("{}\n", writer.end_array().end_object().take());
}

}  // namespace srasta::cli
