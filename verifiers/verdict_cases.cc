// Writes ledgers that were damaged in many ways, and what `verify_ledger` says about each, for
// verifiers/agree.py. Usage: verdict_cases FOLDER; each case is FOLDER/<name>/audit with the text
// of the report in FOLDER/<name>/expected and its exit status in FOLDER/<name>/status.
#include "audit/installation_test.h"
#include "audit/verifier.h"

#include <map>

#include <fmt/format.h>

namespace srasta::audit {
namespace {

using Contents = std::map<std::string, std::string>;

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
    const size_t end = log.find('\n', at) + 1;
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

class Cases {
 public:
  explicit Cases(std::string folder) : folder_(std::move(folder)) {}

  bool add(const Contents& contents) {
    const std::string name = fmt::format("{:04}", count_++);
    const std::string root = folder_ + "/" + name;
    for (const auto& [path, content] : contents) {
      const std::string target = root + path.substr(std::string_view("/data").size());
      if (path.ends_with("/reserve")) continue;
      if (!files_.make_folder(target.substr(0, target.find_last_of('/')))) return false;
      if (!base::write_file_atomic(files_, target, content)) return false;
    }
    const LedgerReport report = verify_ledger(files_, root + "/audit");
    return base::write_file_atomic(files_, root + "/expected", report.text()).ok() &&
           base::write_file_atomic(files_, root + "/status", std::to_string(report.exit_code()))
               .ok();
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

bool add_all(Cases& cases) {
  testing::SeededEntropy dice(3);
  const Contents whole = make_log(1'000'000, "inst-1");
  const Contents parts = make_log(1500, "inst-1");
  const Contents foreign = make_log(1'000'000, "inst-2");
  const std::string only = Installation::segment_path("0");
  bool good = cases.add(whole) && cases.add(parts) && cases.add(foreign) &&
              cases.add(make_recovered_log()) && cases.add({{"/data/audit/origin", "inst-1\n"}}) &&
              cases.add({{only, whole.at(only)}});
  for (int i = 0; i < 250 && good; ++i) {
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

}  // namespace
}  // namespace srasta::audit

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  srasta::audit::Cases cases(argv[1]);
  const bool good = srasta::audit::add_all(cases);
  fmt::print("{} cases\n", cases.count());
  return good ? 0 : 1;
}
