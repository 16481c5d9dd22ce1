#include "evidence/archive.h"

#include "evidence/filters.h"
#include "tlog/note.h"

#include <limits>

namespace srasta::evidence {
namespace {

constexpr size_t kMostWaiting = 64;
constexpr size_t kMostOfRequest = 256;
constexpr int kMostSearches = 20;

}  // namespace

Archive::Archive(Settings settings, base::FileSystem& files, const base::Clock& clock,
                 base::Log& log)
    : settings_(std::move(settings)), files_(files), clock_(clock), log_(log) {}

Archive::~Archive() {
  stop();
}

void Archive::set_own(const audit::Ledger& ledger) {
  const std::string& origin = ledger.origin();
  const size_t slash = origin.rfind('/');
  own_ = &ledger;
  install_id_ = origin.substr(0, slash);
  own_stream_ = origin.substr(slash + 1);
}

void Archive::start() {
  follower_ = std::thread([this] { follow_until_stopped(); });
}

void Archive::stop() {
  {
    const std::lock_guard lock(stop_mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  if (follower_.joinable()) follower_.join();
  pool_.stop();
}

bool Archive::submit(std::function<void()> work) {
  {
    const std::lock_guard lock(stop_mutex_);
    asked_ = true;
  }
  stop_changed_.notify_all();
  if (waiting_.fetch_add(1) >= kMostWaiting) {
    waiting_.fetch_sub(1);
    return false;
  }
  pool_.submit([this, work = std::move(work)] {
    work();
    waiting_.fetch_sub(1);
  });
  return true;
}

void Archive::follow_until_stopped() {
  std::unique_lock lock(stop_mutex_);
  while (true) {
    stop_changed_.wait(lock, [this] { return stopping_ || asked_; });
    if (stopping_) return;
    asked_ = false;
    lock.unlock();
    catch_up();
    lock.lock();
    stop_changed_.wait_for(lock, settings_.pause, [this] { return stopping_; });
  }
}

void Archive::catch_up() {
  const std::lock_guard lock(catch_up_mutex_);
  if (auto made = files_.make_folder(settings_.data_folder + "/evidence"); !made) return;
  for (const std::string& stream : streams()) {
    const bool own = stream == own_stream_;
    const uint64_t end = own ? own_end() : std::numeric_limits<uint64_t>::max();
    const auto done = index_of(stream).catch_up(end);
    std::string& told = faults_[stream];
    const std::string fault = done ? "" : done.error().message;
    if (fault != told && !fault.empty()) {
      log_.warn("the index of the audit log is not kept up",
                {{"stream", std::string_view(stream)}, {"reason", std::string_view(fault)}});
    }
    told = fault;
  }
}

std::string Archive::folder_of(const std::string& stream) const {
  return settings_.data_folder + "/audit/" + stream;
}

StreamIndex& Archive::index_of(const std::string& stream) {
  const std::lock_guard lock(indexes_mutex_);
  auto& index = indexes_[stream];
  if (!index) {
    index = std::make_unique<StreamIndex>(
        files_,
        StreamIndex::Paths{.stream_folder = folder_of(stream),
                           .index_file = settings_.data_folder + "/evidence/" + stream + ".index",
                           .origin = install_id_ + "/" + stream});
  }
  return *index;
}

std::vector<std::string> Archive::streams() {
  std::vector<std::string> found;
  const auto names = files_.list(settings_.data_folder + "/audit");
  if (!names) return found;
  for (const std::string& name : *names) {
    if (is_stream_name(name) && files_.list(folder_of(name) + "/seg")) found.push_back(name);
  }
  return found;
}

uint64_t Archive::own_end() const {
  return own_ == nullptr ? 0 : own_->head().next_seq;
}

base::Result<uint64_t> Archive::end_of(const std::string& stream) {
  if (stream == own_stream_) return own_end();
  audit::StoredRecords records(files_, folder_of(stream));
  SRASTA_TRY_ASSIGN(const auto segments, records.segments());
  if (segments.empty()) return uint64_t{0};
  const StreamIndex::Covered covered = index_of(stream).covered();
  const bool helps = covered.blocks > 0 && covered.behind.segment == segments.back();
  uint64_t end = helps ? covered.end() : segments.back();
  SRASTA_TRY(records.scan(helps ? covered.behind : audit::Place{.segment = segments.back()},
                          [&](std::string_view, uint64_t) {
                            ++end;
                            return true;
                          }));
  return end;
}

base::Result<Hits> Archive::search(const std::string& stream, const SearchOrder& order) {
  RecordSearch search(files_, index_of(stream), clock_, settings_.most_time);
  return search.run(order);
}

base::Result<std::vector<RequestRecord>> Archive::records_of(const std::string& request) {
  std::vector<RequestRecord> found;
  for (const std::string& stream : streams()) {
    SRASTA_TRY_ASSIGN(const uint64_t end, end_of(stream));
    SearchOrder order{.query = {.request = request}, .end = end, .limit = kMostOfRequest};
    bool more = true;
    for (int searches = 0; more && found.size() < kMostOfRequest; ++searches) {
      if (searches == kMostSearches) {
        return base::make_error(base::Code::Timeout, "the log is too long to be searched now");
      }
      SRASTA_TRY_ASSIGN(Hits hits, search(stream, order));
      for (Hit& hit : hits.records) {
        found.push_back({.stream = stream, .seq = hit.seq, .line = std::move(hit.line)});
      }
      order.from = hits.next;
      more = hits.more;
    }
  }
  return found;
}

base::Result<std::string> Archive::prove(const RequestRecord& record) {
  SRASTA_TRY_ASSIGN(const std::string note, checkpoint(record.stream));
  return evidence::prove(files_, folder_of(record.stream), install_id_ + "/" + record.stream, note,
                         record);
}

base::Result<std::string> Archive::checkpoint(const std::string& stream) {
  return base::read_file(files_, folder_of(stream) + "/checkpoint", tlog::kMostNoteBytes);
}

}  // namespace srasta::evidence
