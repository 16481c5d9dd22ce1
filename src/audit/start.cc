#include "audit/start.h"

#include "audit/open_tree.h"
#include "audit/read_log.h"
#include "audit/stream_name.h"
#include "audit/two_phase.h"
#include "base/encoding.h"

#include <algorithm>
#include <limits>

namespace srasta::audit {
namespace {

constexpr size_t kMaxInstallId = 64;

base::Error invalid(const std::string& what) {
  return base::make_error(base::Code::Invalid, "audit: " + what);
}

bool is_install_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxInstallId && Label::is_label(id) &&
         id.find('/') == std::string_view::npos;
}

base::Result<void> check_settings(const LedgerSettings& settings) {
  if (!is_stream_name(settings.stream)) return invalid("a stream is named by a-z, 0-9 and -");
  for (const std::string& text : {settings.service, settings.release, settings.node}) {
    if (text.empty() || !Label::is_label(text)) {
      return invalid("service, release and node must be labels");
    }
  }
  if (!settings.install_id.empty() && !is_install_id(settings.install_id)) {
    return invalid("the install id must be a label of at most 64 characters without /");
  }
  return {};
}

base::Result<void> make_folders(base::FileSystem& files, const std::string& folder,
                                const std::string& stream_folder) {
  SRASTA_TRY(files.make_folder(stream_folder + "/seg"));
  SRASTA_TRY(files.make_folder(stream_folder + "/quarantine"));
  SRASTA_TRY(files.sync_folder(stream_folder));
  SRASTA_TRY(files.sync_folder(folder));
  const size_t slash = folder.find_last_of('/');
  return files.sync_folder(slash == std::string::npos ? "."
                           : slash == 0               ? "/"
                                                      : folder.substr(0, slash));
}

/// The id in `<folder>/origin`; made by the first stream of an installation.
base::Result<std::string> install_id_of(base::FileSystem& files, base::Entropy& entropy,
                                        const LedgerSettings& settings) {
  const std::string path = settings.folder + "/origin";
  auto text = base::read_file(files, path, 1024);
  if (!text && text.error().code != base::Code::NotFound) return text;
  if (!text) {
    std::string id = settings.install_id;
    if (id.empty()) id = base::to_hex(base::random_bytes(entropy, 16));
    SRASTA_TRY(base::write_file_atomic(files, path, id + "\n"));
    return id;
  }
  std::string id = *std::move(text);
  if (id.ends_with('\n')) id.pop_back();
  if (!is_install_id(id)) return base::make_error(base::Code::Corrupt, path + " is damaged");
  return id;
}

}  // namespace

base::Result<Started> start_stream(base::FileSystem& files, const base::Clock& clock,
                                   base::Entropy& entropy, const LedgerSettings& settings) {
  SRASTA_TRY(check_settings(settings));
  const std::string stream_folder = settings.folder + "/" + settings.stream;
  SRASTA_TRY(make_folders(files, settings.folder, stream_folder));
  SRASTA_TRY_ASSIGN(StreamLock lock, StreamLock::take(files, stream_folder));
  SRASTA_TRY_ASSIGN(std::string install_id, install_id_of(files, entropy, settings));

  const std::string origin = install_id + "/" + settings.stream;
  const TreeHead::Place place{.files = &files, .folder = stream_folder, .origin = origin};
  SRASTA_TRY_ASSIGN(const BoundHeads heads, read_bound_heads(place));
  SRASTA_TRY_ASSIGN(const crypto::Digest first_key, open_first_key(place, heads));
  SRASTA_TRY_ASSIGN(LogState state,
                    read_log({.place = place, .heads = heads, .first_key = first_key}));
  SRASTA_TRY_ASSIGN(TreeHead head, open_tree_head(place, state, clock.wall()));
  if (state.torn) SRASTA_TRY(quarantine_tail(files, stream_folder, *state.torn));
  SRASTA_TRY_ASSIGN(auto tails, find_unrecorded_tails(files, stream_folder, state));

  const uint64_t last_fence = std::max(state.fence, lock.last_fence());
  if (last_fence == std::numeric_limits<uint64_t>::max()) {
    return base::make_error(base::Code::Corrupt,
                            stream_folder + ": no fence is left to open it with");
  }
  Author author{.install_id = std::move(install_id),
                .stream = settings.stream,
                .service = settings.service,
                .release = settings.release,
                .node = settings.node,
                .boot = base::to_hex(base::random_bytes(entropy, 16)),
                .fence = last_fence + 1};
  SRASTA_TRY(lock.note_writer(author.boot, author.fence, clock.wall()));

  LogFiles log(files, clock, stream_folder,
               {settings.segment_bytes, settings.segment_age, settings.reserve_bytes});
  if (state.segment) SRASTA_TRY(log.resume(*state.segment, state.segment_size));
  return Started{std::move(author), state.end,       std::move(tails), std::move(state.unfinished),
                 std::move(log),    std::move(lock), std::move(head)};
}

Event system_event(Act act) {
  Event event{.act = act, .outcome = Outcome::Ok};
  event.actor.kind = ActorKind::System;
  return event;
}

Event genesis_event(std::string_view origin) {
  Event event = system_event(Act::LogGenesis);
  event.data.add("origin", Label(origin));
  return event;
}

Event recovered_event(const TornTail& tail) {
  Event event = system_event(Act::LogRecovered);
  event.data.add("bytes", tail.bytes)
      .add("from_seq", tail.from_seq)
      .add("sha256", tail.sha256)
      .add("valid_after", tail.valid_after);
  return event;
}

std::vector<Event> unseen_end_events(std::span<const Completeness::Begun> unfinished) {
  std::vector<Event> events;
  for (const Completeness::Begun& begun : unfinished) {
    const auto act = unseen_end_of(begun.act);
    if (!act) continue;
    Event& event = events.emplace_back(system_event(*act));
    event.outcome = Outcome::Unknown;
    event.durability = Durability::Should;
    event.corr.request = Label(begun.request);
    event.data.add("begun_seq", begun.seq).add("reason", Reason::Interrupted);
  }
  return events;
}

}  // namespace srasta::audit
