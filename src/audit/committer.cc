#include "audit/committer.h"

#include "audit/start.h"

#include <algorithm>
#include <utility>

namespace srasta::audit {
namespace {

base::Error unavailable() {
  return base::make_error(base::Code::Unavailable, "the audit log cannot be written");
}

/// What ntpd leaves to a slewing clock is less; what a person or a restored snapshot does is more.
constexpr base::Seconds kClockStep{5};

/// More that began and never ended is not remembered.
constexpr size_t kMostUnderWay = 65'536;

}  // namespace

base::Result<void> Committer::write_all_now(std::span<const Event> events) {
  std::string parts;
  while (!events.empty()) {
    draft_ = Draft();
    draft_.end = end_;
    for (; !events.empty() && draft_.lines.size() + kMaxLineBytes <= kBatchBytes;
         events = events.subspan(1)) {
      parts.clear();
      parts_.writer.append_parts(parts, events.front(), parts_.clock.wall(), parts_.clock.mono());
      append_line(parts, draft_);
    }
    SRASTA_TRY(write(draft_));
    settle(draft_);
  }
  return {};
}

void Committer::run() {
  AcceptedBatch batch;
  while (!poisoned()) {
    if (!parts_.files.has_reserve()) wait_for_reserve();
    const bool last = parts_.backlog.wait_until_closed(base::Millis(0));
    parts_.backlog.take(batch, parts_.settings.watch, parts_.settings.gather);
    gate_.enter();
    const bool more = write_what_is_due(batch, last);
    gate_.leave();
    if (!more) break;
  }
  if (!poisoned()) return;
  parts_.backlog.close();
  for (parts_.backlog.take(batch, {}, {}); !batch.records.empty();
       parts_.backlog.take(batch, {}, {})) {
    give_up(batch, 0);
  }
}

/// Whether there may be more to write.
bool Committer::write_what_is_due(const AcceptedBatch& batch, bool last) {
  commit(batch);
  if (batch.records.empty() && last) return false;
  if (batch.records.empty()) watch_files();
  if (poisoned()) return false;
  if (auto sealed = seal(); !sealed) note_fault(sealed.error());
  return true;
}

void Committer::commit(const AcceptedBatch& batch) {
  for (size_t from = 0;;) {
    const Losses losses = parts_.backlog.take_losses();
    if (from == batch.records.size() && losses.count == 0) return;
    draft(batch, from, losses, draft_);
    const auto written = write(draft_);
    if (written) {
      settle(draft_);
      from += draft_.taken;
      const bool more = from < batch.records.size();
      parts_.backlog.finish(draft_.taken, draft_.taken_bytes,
                            more ? std::optional(batch.records[from].at) : std::nullopt);
      for (auto& [waiter, receipt] : draft_.waiters) waiter->complete(std::move(receipt));
      continue;
    }
    parts_.backlog.return_losses(losses);
    note_fault(written.error());
    refuse_waiters(batch, from);
    // Closed: this was the last attempt.
    if (poisoned() || parts_.backlog.wait_until_closed(parts_.settings.retry)) {
      return give_up(batch, from);
    }
  }
}

void Committer::draft(const AcceptedBatch& batch, size_t from, const Losses& losses,
                      Draft& draft) const {
  draft.lines.clear();
  draft.leaves.clear();
  draft.waiters.clear();
  draft.end = end_;
  draft.taken = draft.taken_bytes = draft.written = 0;
  if (losses.count > 0) append_gap(losses, draft);
  for (const Accepted& record : std::span(batch.records).subspan(from)) {
    if (draft.lines.size() + kMaxLineBytes > kBatchBytes) break;
    ++draft.taken;
    draft.taken_bytes += record.size;
    // Its producer was refused and did nothing, so there is nothing to record.
    if (record.waiter && record.waiter->completed()) continue;
    const uint64_t seq = draft.end.next_seq;
    append_line(batch.parts_of(record), draft);
    if (record.waiter) {
      draft.waiters.emplace_back(record.waiter,
                                 Receipt{parts_.settings.stream, seq, draft.end.leaf});
    }
  }
}

void Committer::append_gap(const Losses& losses, Draft& draft) const {
  Event event{.act = Act::LogGap, .outcome = Outcome::Error};
  event.actor.kind = ActorKind::System;
  event.data.add("count", losses.count)
      .add("first", losses.first)
      .add("last", losses.last)
      .add("reason", Reason::Backlog);
  std::string parts;
  parts_.writer.append_parts(parts, event, parts_.clock.wall(), parts_.clock.mono());
  append_line(parts, draft);
}

void Committer::append_line(std::string_view parts, Draft& draft) const {
  parts_.writer.append_line(draft.lines, parts, draft.end);
  draft.leaves.push_back(draft.end.leaf);
  ++draft.written;
}

base::Result<void> Committer::write(const Draft& draft) {
  if (draft.lines.empty()) return {};
  SRASTA_TRY(parts_.lock.check());
  return parts_.files.write(draft.lines, end_.next_seq);
}

void Committer::settle(const Draft& draft) {
  end_ = draft.end;
  {
    const std::lock_guard lock(mutex_);
    durable_ = end_;
  }
  for (const crypto::Digest& leaf : draft.leaves) parts_.head.append(leaf);
  follow(draft.lines);
  records_ += draft.written;
  if (draft.written > 0) ++batches_;
  // Without the reserve these were the last words: nothing more is promised until it is back.
  healthy_ = parts_.files.has_reserve();
}

/// Keeps in mind what has begun and not ended.
void Committer::follow(std::string_view lines) {
  while (follows_ && !lines.empty()) {
    const size_t end = lines.find('\n');
    parts_.under_way.add(lines.substr(0, end));
    lines.remove_prefix(end + 1);
    follows_ = parts_.under_way.under_way_count() <= kMostUnderWay;
  }
  if (!follows_) parts_.under_way = {};
}

/// What was told before stays true, so a failure costs the next start some time, and no more.
void Committer::tell_under_way() {
  if (!follows_) return;
  if (parts_.head.tell_under_way(parts_.under_way.under_way()).ok()) told_ = parts_.head.size();
}

base::Result<void> Committer::sign_head() {
  SRASTA_TRY(parts_.head.sign());
  tell_under_way();
  return {};
}

void Committer::refuse_waiters(const AcceptedBatch& batch, size_t from) {
  const base::WallTime now = parts_.clock.wall();
  for (const Accepted& record : std::span(batch.records).subspan(from)) {
    if (!record.waiter || record.waiter->completed()) continue;
    record.waiter->complete(unavailable());
    parts_.backlog.note_loss(now);
  }
}

void Committer::give_up(const AcceptedBatch& batch, size_t from) {
  refuse_waiters(batch, from);
  size_t bytes = 0;
  for (const Accepted& record : std::span(batch.records).subspan(from)) bytes += record.size;
  parts_.backlog.finish(batch.records.size() - from, bytes, std::nullopt);
}

void Committer::note_fault(const base::Error& error) {
  const std::lock_guard lock(mutex_);
  last_fault_ = error.message;
  healthy_ = false;
  if (error.code == base::Code::Corrupt) poisoned_ = true;
}

void Committer::wait_for_reserve() {
  while (true) {
    auto restored = parts_.files.restore_reserve();
    if (restored) break;
    note_fault(restored.error());
    if (parts_.backlog.wait_until_closed(parts_.settings.retry)) return;
  }
  healthy_ = true;
}

void Committer::watch_files() {
  auto seen = parts_.lock.check();
  if (seen) seen = parts_.files.check();
  if (!seen) return note_fault(seen.error());
  healthy_ = parts_.files.has_reserve();
}

/// Where the disk does not say, writing will.
void Committer::watch_space() {
  space_seen_ = parts_.clock.mono();
  const auto free = parts_.files.free_bytes();
  scarce_ = free && *free < parts_.settings.scarce_bytes;
}

/// What is due between batches: a signed head, another epoch.
base::Result<void> Committer::seal() {
  if (parts_.clock.mono() - space_seen_ >= parts_.settings.watch) watch_space();
  SRASTA_TRY(note_clock());
  if (parts_.head.is_changing_epoch()) {
    // What failed then; until it is done, the old epoch's age asks for no other one.
    SRASTA_TRY(parts_.head.sign());
  } else if (epoch_age() >= parts_.settings.epoch_age) {
    SRASTA_TRY(change_epoch());
  }
  const base::MonoTime now = parts_.clock.mono();
  const uint64_t waiting = parts_.head.unsigned_records();
  const bool due = waiting >= parts_.settings.head_records ||
                   (waiting > 0 && now - head_signed_ >= parts_.settings.head_every);
  if (!due) return {};
  SRASTA_TRY(parts_.head.sign());
  head_signed_ = now;
  if (parts_.head.size() - told_ >= parts_.settings.told_records) tell_under_way();
  return {};
}

base::Result<void> Committer::change_epoch() {
  SRASTA_TRY_ASSIGN(const crypto::Digest key, parts_.head.prepare_epoch());
  Event event = system_event(Act::LogEpoch);
  event.data.add("epoch", parts_.head.epoch().number + 1).add("key", key);
  SRASTA_TRY(write_now(event));
  parts_.head.begin_epoch(parts_.clock.wall());
  epoch_seen_ = parts_.clock.mono();
  SRASTA_TRY(parts_.head.sign());
  // Else the next record would be signed for at once, by itself.
  head_signed_ = epoch_seen_;
  return {};
}

/// A host whose clock is set back would keep a signing key for longer than it may live: what this
/// process has seen of its age counts, too.
base::Micros Committer::epoch_age() const {
  const base::Micros by_date = parts_.clock.wall() - parts_.head.epoch().began;
  const base::Micros seen = parts_.clock.mono() - epoch_seen_;
  return std::max(by_date, seen);
}

/// Evidence that carries times says when they cannot be compared.
base::Result<void> Committer::note_clock() {
  const base::WallTime wall = parts_.clock.wall();
  const base::Micros offset = clock_offset();
  if (std::chrono::abs(offset - clock_offset_) < kClockStep) return {};
  Event event = system_event(Act::LogClockStep);
  event.data.add("after", wall).add("before", wall - (offset - clock_offset_));
  SRASTA_TRY(write_now(event));
  clock_offset_ = offset;
  return {};
}

base::Micros Committer::clock_offset() const {
  return parts_.clock.wall().time_since_epoch() - parts_.clock.mono().time_since_epoch();
}

ChainEnd Committer::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

std::string Committer::last_fault() const {
  const std::lock_guard lock(mutex_);
  return last_fault_;
}

}  // namespace srasta::audit
