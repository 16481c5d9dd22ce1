#include "base/file.h"
#include "cli/data_folder.h"
#include "cli/engines.h"
#include "cli/exit_code.h"
#include "cli/models_verbs.h"
#include "config/values.h"
#include "process/user.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr uint64_t kMostBytes = 64 << 20;

/// The last `count` lines.
std::string_view tail(std::string_view text, uint64_t count) {
  size_t at = text.size();
  if (text.ends_with('\n')) --at;
  for (; count > 0 && at != 0; --count) {
    const size_t end = text.rfind('\n', at - 1);
    if (end == text.npos) return text;
    at = end;
  }
  return text.substr(std::min(at + 1, text.size()));
}

/// What a program wrote must not steer the terminal of who reads it.
std::string harmless(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) c = '?';
  }
  return out;
}

int show_log(const std::string& data_folder, const std::string& name, uint64_t count) {
  if (!config::is_name(name)) {
    return fail_with(base::make_error(base::Code::Invalid, name + " is no name of an engine"));
  }
  // Root reads it as its owner could, so that no link leads elsewhere.
  const process::ActingAs acting(process::owner_to_act_as(data_folder));
  base::PosixFileSystem files;
  const auto text = base::read_file(files, engine_log_file(data_folder, name), kMostBytes);
  if (!text) return fail_with(text.error());
  fmt::print("{}", harmless(tail(*text, count)));
  return kOk;
}

}  // namespace

void add_models_logs(Command models) {
  struct Options {
    std::string data_folder = default_data_folder();
    std::string name;
    uint64_t lines = 40;
  };
  Options& options = models.keep(Options());
  const Command logs =
      models.add_subcommand("logs", "The last lines that an engine of inference.engines wrote");
  logs.set_footer(
      "An engine's log can hold prompts.\n\nExample:\n  srasta models logs local -n 100");
  logs.add_option("--data", options.data_folder, "data folder");
  logs.add_option("NAME", options.name, "the engine", {.required = true});
  logs.add_option("-n", options.lines, "how many lines", {.show_default = true});
  logs.set_action(
      [&options] { return show_log(options.data_folder, options.name, options.lines); });
}

}  // namespace srasta::cli
