#include "cli/audit_checkpoint.h"

#include "audit/install_id.h"
#include "audit/proofs.h"
#include "audit/search.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/exit_code.h"
#include "tlog/note.h"

#include <algorithm>
#include <cstdint>
#include <poll.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// How often the checkpointer looks.
constexpr int kLookMillis = 250;
constexpr uint64_t kLongestWait = 86'400;

int unreadable(const base::Error& error) {
  print_error(error);
  return kUnreadable;
}

/// How many records the stream has.
base::Result<uint64_t> records_in(base::FileSystem& files, const std::string& stream_folder) {
  audit::StreamReader reader(files, stream_folder);
  uint64_t records = 0;
  SRASTA_TRY(reader.skip_to_last(1));
  SRASTA_TRY(reader.read_on([&](const audit::Found& record) { records = record.seq + 1; }));
  return records;
}

/// Waits for the checkpointer, which signs every second while the stream grows.
int print_checkpoint(const AuditSource& source, uint64_t within_seconds) {
  base::PosixFileSystem files;
  const base::SystemClock clock;
  const base::MonoTime until = clock.mono() + base::Seconds(std::min(within_seconds, kLongestWait));
  const std::string folder = source.data_folder + "/audit";
  const auto id = audit::read_install_id(files, folder);
  if (!id) return unreadable(id.error());
  const audit::ProvingStream stream{.files = &files,
                                    .folder = folder + "/" + source.stream(),
                                    .origin = *id + "/" + source.stream()};
  const auto records = records_in(files, stream.folder);
  if (!records) return unreadable(records.error());
  while (true) {
    const auto head = audit::open_proving(stream);
    if (head && head->checkpoint.size >= *records) {
      fmt::print("{}", tlog::write_note(head->note));
      return kOk;
    }
    if (!head && head.error().code != base::Code::NotFound) return unreadable(head.error());
    if (clock.mono() >= until) break;
    ::poll(nullptr, 0, kLookMillis);
  }
  fmt::print(stderr,
             "srasta: no checkpoint binds the {} records of {} yet; does `srasta up` run on this "
             "folder?\n",
             *records, source.stream());
  return kNotYet;
}

}  // namespace

void add_audit_checkpoint(Command audit, const AuditSource& source) {
  const Command command = audit.add_subcommand(
      "checkpoint", "Print a checkpoint that binds every record that is there now");
  uint64_t& within = command.keep(uint64_t{10});
  command.add_option("--within", within, "seconds to wait for one", {.show_default = true});
  command.set_action([&source, &within] { return print_checkpoint(source, within); });
}

}  // namespace srasta::cli
