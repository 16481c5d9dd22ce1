// Writes ledgers that were damaged in many ways, and what `verify_ledger` says about each, for
// verifiers/agree.py. Usage: audit_verdict_cases FOLDER; each case is FOLDER/<name>/audit with the
// text of the report in FOLDER/<name>/expected, its exit status in FOLDER/<name>/status, what
// `check_completeness` says of an intact one in FOLDER/<name>/complete, and what
// is known from elsewhere in FOLDER/<name>/trust, FOLDER/<name>/since-<n> and
// FOLDER/<name>/witness.
//
// Or: audit_verdict_cases --mutations N [SEED] changes a signed ledger N times at random and counts
// those that are accepted although a checkpoint of the unchanged one is known; and
// audit_verdict_cases --flips [STEP] changes every single bit of 200 records, or every STEP-th one,
// and counts those of which the record is not named. Exit 1 if there is any.
#include "audit/installation_test.h"
#include "audit/ledger_completeness.h"
#include "audit/signed_ledger_cases_test.h"
#include "audit/verifier.h"
#include "audit/witnessed_ledger_cases_test.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

Contents make_log(uint64_t segment_bytes, const std::string& install_id) {
  Installation box;
  box.settings.segment_bytes = segment_bytes;
  box.settings.install_id = install_id;
  Installation::append_durably(**box.open(), 12);
  return box.files.contents();
}

Contents make_recovered_log() {
  Installation box;
  Installation::append_durably(**box.open(), 4);
  const std::string path = Installation::segment_path("0");
  box.files.put(path, box.files.contents()[path] + "{\"act\":");
  (void)box.open();
  return box.files.contents();
}

std::vector<std::string> split(const std::string& log) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < log.size();) {
    const size_t end = std::min(log.find('\n', at), log.size() - 1) + 1;
    lines.push_back(log.substr(at, end - at));
    at = end;
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string log;
  for (const std::string& line : lines) log += line;
  return log;
}

bool write(const std::string& path, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  return (std::ofstream(path, std::ios::binary) << content).good();
}

class Cases {
 public:
  explicit Cases(std::string folder) : folder_(std::move(folder)) {}

  bool add(const Contents& contents) { return add({.contents = contents}); }

  bool add(const LedgerCase& one) {
    const std::string root = fmt::format("{}/{:04}{}", folder_, count_++, one.name);
    bool good = true;
    for (const auto& [path, content] : one.contents) {
      if (path.ends_with("/reserve")) continue;
      good = good && write(root + path.substr(std::string_view("/data").size()), content);
    }
    if (!one.trust.empty()) good = good && write(root + "/trust", one.trust);
    if (!one.witness.empty()) good = good && write(root + "/witness", one.witness);
    for (size_t i = 0; i < one.since.size(); ++i) {
      good = good && write(fmt::format("{}/since-{}", root, i), one.since[i]);
    }
    const LedgerReport report = verify_ledger(files_, root + "/audit", options_of(one));
    if (report.intact()) {
      const auto complete = check_completeness(files_, root + "/audit");
      good = good && complete && write(root + "/complete", complete->text());
    }
    return good && write(root + "/expected", report.text()) &&
           write(root + "/status", std::to_string(report.exit_code()));
  }

  [[nodiscard]] int count() const { return count_; }

 private:
  const std::string folder_;
  base::PosixFileSystem files_;
  int count_ = 0;
};

/// One random change of the text of a segment.
std::string mutate(const std::string& log, const std::string& foreign,
                   testing::SeededEntropy& dice) {
  std::string changed = log;
  auto lines = split(log);
  const size_t a = dice.below(lines.size());
  const size_t b = dice.below(lines.size());
  const auto at = lines.begin() + static_cast<ptrdiff_t>(a);
  switch (dice.below(8)) {
    case 0:
    case 1: {
      char& byte = changed[dice.below(changed.size())];
      byte = static_cast<char>(byte ^ (1 << dice.below(8)));
      return changed;
    }
    case 2:
      return changed.substr(0, dice.below(changed.size()));
    case 3:
      lines.erase(at);
      return join(lines);
    case 4:
      std::swap(lines[a], lines[b]);
      return join(lines);
    case 5: {
      const std::string repeated = lines[b];
      lines.insert(at, repeated);
      return join(lines);
    }
    case 6:
      *at = split(foreign)[a % split(foreign).size()];
      return join(lines);
    default:
      return changed.insert(dice.below(changed.size()), std::string(dice.below(9000), 'x'));
  }
}

const std::string kOnlySegment = Installation::segment_path("0");

bool add_unsigned(Cases& cases, testing::SeededEntropy& dice) {
  const Contents whole = make_log(1'000'000, "inst-1");
  const Contents parts = make_log(1500, "inst-1");
  const Contents foreign = make_log(1'000'000, "inst-2");
  const std::string& only = kOnlySegment;
  bool good = cases.add(whole) && cases.add(parts) && cases.add(foreign) &&
              cases.add(make_recovered_log()) &&
              cases.add(Contents{{"/data/audit/origin", "inst-1\n"}}) &&
              cases.add(Contents{{only, whole.at(only)}});
  for (int i = 0; i < 200 && good; ++i) {
    Contents changed = whole;
    changed[only] = mutate(whole.at(only), foreign.at(only), dice);
    good = cases.add(changed);
  }
  std::vector<std::string> segments;
  for (const auto& [path, content] : parts) {
    if (path.ends_with(".jsonl")) segments.push_back(path);
  }
  for (const std::string& path : segments) {
    Contents changed = parts;
    changed.erase(path);
    good = good && cases.add(changed);
    changed = parts;
    changed[path] = mutate(parts.at(path), foreign.at(only), dice);
    good = good && cases.add(changed);
    changed = parts;
    std::swap(changed[path], changed[segments[dice.below(segments.size())]]);
    good = good && cases.add(changed);
  }
  return good;
}

/// Of a stream, without private keys.
std::vector<std::string> files_of(const std::string& stream, const Contents& contents) {
  std::vector<std::string> paths;
  for (const auto& [path, content] : contents) {
    if (path.starts_with("/data/audit/" + stream + "/")) paths.push_back(path);
  }
  return paths;
}

/// A random change of any file: of the records, of what is signed, of keys; or one is gone.
void mutate_ledger(Contents& contents, const Contents& foreign, testing::SeededEntropy& dice,
                   const std::string& stream = "gateway") {
  const auto paths = files_of(stream, contents);
  const std::string& path = paths[dice.below(paths.size())];
  std::string& content = contents[path];
  if (dice.below(8) == 0 || content.empty()) {
    contents.erase(path);
  } else if (dice.below(12) == 0) {
    std::swap(content, contents[paths[dice.below(paths.size())]]);
  } else {
    const auto other = foreign.find(path);
    const std::string& from = other == foreign.end() ? content : other->second;
    content = mutate(content, from.empty() ? content : from, dice);
  }
}

bool add_signed(Cases& cases, testing::SeededEntropy& dice) {
  for (const LedgerCase& one : signed_ledger_cases()) {
    if (!cases.add(one)) return false;
  }
  for (const LedgerCase& one : witnessed_ledger_cases()) {
    if (!cases.add(one)) return false;
  }
  for (const LedgerCase& one : note_bounds_cases()) {
    if (!cases.add(one)) return false;
  }
  const SignedLedger ledger = example_ledger();
  SignedLedger other = example_ledger();
  other.install_id = "inst-2";
  const Contents whole = ledger.contents();
  const Contents foreign = other.contents();
  for (int i = 0; i < 250; ++i) {
    LedgerCase one{.contents = whole};
    for (uint64_t times = 1 + dice.below(2); times > 0; --times) {
      mutate_ledger(one.contents, foreign, dice);
    }
    const SignedStream& gateway = ledger.streams.at("gateway");
    if (i % 2 == 0) one.since = {gateway.note(1 + dice.below(32), {gateway.log_key})};
    if (i % 3 == 0) one.trust = ledger.log_key();
    if (!cases.add(one)) return false;
  }
  return true;
}

/// Changes of a ledger of which records were pruned, half of them of what allows that.
bool add_pruned(Cases& cases, testing::SeededEntropy& dice) {
  for (const LedgerCase& one : pruned_ledger_cases()) {
    if (!cases.add(one)) return false;
  }
  for (const LedgerCase& one : pruned_ledger_cases()) {
    if (one.expected != "OK") continue;
    for (int i = 0; i < 16; ++i) {
      LedgerCase changed = one;
      const std::string stream = i % 2 == 0 ? "gateway" : "operator";
      mutate_ledger(changed.contents, one.contents, dice, stream);
      if (!cases.add(changed)) return false;
    }
  }
  return true;
}

/// Changes of ledgers whose streams remember each other: of what is remembered, and of who does.
bool add_entangled(Cases& cases, testing::SeededEntropy& dice) {
  const auto all = entangled_ledger_cases();
  for (const LedgerCase& one : all) {
    if (!cases.add(one)) return false;
  }
  for (const LedgerCase& one : all) {
    if (one.name.starts_with("seen_malformed")) continue;
    for (int i = 0; i < 4; ++i) {
      LedgerCase changed = one;
      const std::string stream = i % 2 == 0 ? "gateway" : "tools";
      if (files_of(stream, changed.contents).empty()) continue;
      mutate_ledger(changed.contents, one.contents, dice, stream);
      if (!cases.add(changed)) return false;
    }
  }
  return true;
}

int write_cases(const std::string& folder) {
  Cases cases(folder);
  testing::SeededEntropy dice(3);
  const bool good = add_unsigned(cases, dice) && add_signed(cases, dice) &&
                    add_pruned(cases, dice) && add_entangled(cases, dice);
  fmt::print("{} cases\n", cases.count());
  return good ? 0 : 1;
}

/// A stream in two epochs, signed to its end, and what is known of it elsewhere.
struct Target {
  SignedLedger ledger;
  Contents whole;
  VerifyOptions options;

  Target(size_t records, size_t in_segment) {
    SignedStream& gateway = ledger.add("gateway");
    gateway.records_in_segment = in_segment;
    gateway.append_many(records / 2 - 1);
    gateway.begin_epoch();
    gateway.append_many(records - gateway.size());
    gateway.sign();
    whole = ledger.contents();
    options.trusted = *parse_trusted_keys(ledger.log_key());
    options.anchors.push_back(
        *parse_anchor(gateway.note(gateway.size(), {gateway.log_key}), "since"));
  }

  /// Whether other records than the right ones pass.
  [[nodiscard]] bool is_deceived_by(const LedgerReport& report) const {
    if (!report.intact()) return false;
    const SignedStream& gateway = ledger.streams.at("gateway");
    return report.streams.size() != 1 || report.streams[0].records != gateway.size() ||
           report.streams[0].head != gateway.leaves.back();
  }
};

int count_accepted(uint64_t mutations, uint64_t seed) {
  testing::SeededEntropy dice(seed);
  const Target target(40, 9);
  SignedLedger other;
  other.install_id = "inst-2";
  other.add("gateway").append_many(39);
  other["gateway"].records_in_segment = 9;
  const Contents foreign = other.contents();
  uint64_t accepted = 0;
  uint64_t intact = 0;
  for (uint64_t i = 0; i < mutations; ++i) {
    Contents changed = target.whole;
    for (uint64_t times = 1 + dice.below(3); times > 0; --times) {
      mutate_ledger(changed, foreign, dice);
    }
    const LedgerReport report = verify_contents(changed, target.options);
    accepted += target.is_deceived_by(report) ? 1 : 0;
    intact += report.intact() ? 1 : 0;
  }
  fmt::print("{} mutations: {} refused, {} left the records as they were, {} accepted\n", mutations,
             mutations - intact, intact - accepted, accepted);
  return accepted == 0 ? 0 : 1;
}

int flip_bits(uint64_t step) {
  Target target(200, 1000);
  testing::FaultyFiles files;
  for (const auto& [path, content] : target.whole) files.put(path, content);
  std::string log = target.whole.at(kOnlySegment);
  uint64_t flipped = 0;
  uint64_t wrong = 0;
  for (uint64_t at = 0; at < log.size() * 8; at += step, ++flipped) {
    const size_t byte = at / 8;
    const auto record = std::count(log.begin(), log.begin() + static_cast<ptrdiff_t>(byte), '\n');
    const std::string expected =
        fmt::format("gateway {} {}", byte + 1 == log.size() ? "TRUNCATED" : "MODIFIED", record);
    log[byte] = static_cast<char>(log[byte] ^ (1 << at % 8));
    files.put(kOnlySegment, log);
    if (short_verdict(verify_ledger(files, "/data/audit", target.options)) != expected) ++wrong;
    log[byte] = static_cast<char>(log[byte] ^ (1 << at % 8));
  }
  fmt::print("{} of {} bits of 200 records: {} not called by their record\n", flipped,
             log.size() * 8, wrong);
  return wrong == 0 ? 0 : 1;
}

int run(std::span<char*> arguments) {
  const std::string_view first = arguments.size() > 1 ? arguments[1] : "";
  const auto count = base::parse_u64(arguments.size() > 2 ? arguments[2] : "1000");
  const auto step = base::parse_u64(arguments.size() > 2 ? arguments[2] : "1");
  const auto seed = base::parse_u64(arguments.size() > 3 ? arguments[3] : "1");
  if (first == "--mutations" && count && seed) return count_accepted(*count, *seed);
  if (first == "--flips" && step && *step > 0) return flip_bits(*step);
  if (arguments.size() != 2 || first.starts_with("--")) return 2;
  return write_cases(std::string(first));
}

}  // namespace
}  // namespace srasta::audit

int main(int argc, char** argv) {
  return srasta::audit::run({argv, static_cast<size_t>(argc)});
}
