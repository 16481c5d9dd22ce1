#include "audit/record_checker.h"

#include <algorithm>

namespace srasta::audit {
namespace {

constexpr unsigned kMostCores = 8;
constexpr size_t kAtOnce = 16;
// Waking a thread costs about as much as checking this many lines.
constexpr size_t kWorthSharing = 64;

}  // namespace

RecordChecker::~RecordChecker() {
  stopping_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

std::span<const std::optional<CheckedRecord>> RecordChecker::check(
    std::span<const std::string_view> lines) {
  lines_ = lines;
  records_.resize(lines.size());
  next_ = 0;
  const bool shared = lines.size() >= kWorthSharing;
  if (shared && threads_.empty()) start();
  if (shared) {
    working_ = static_cast<uint32_t>(threads_.size());
    ++round_;
    round_.notify_all();
  }
  check_some();
  // Also those that found nothing left: the next call must not begin while they look.
  for (uint32_t left = working_; left != 0; left = working_) working_.wait(left);
  return records_;
}

void RecordChecker::start() {
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, kMostCores);
  for (unsigned i = 1; i < cores; ++i) threads_.emplace_back([this] { work(); });
}

void RecordChecker::work() {
  for (uint32_t round = 0;; ++round) {
    round_.wait(round);
    if (stopping_) return;
    check_some();
    if (--working_ == 0) working_.notify_one();
  }
}

void RecordChecker::check_some() {
  while (true) {
    const size_t first = next_.fetch_add(kAtOnce);
    if (first >= lines_.size()) return;
    const size_t end = std::min(first + kAtOnce, lines_.size());
    for (size_t i = first; i < end; ++i) records_[i] = read_checked_record(lines_[i]);
  }
}

}  // namespace srasta::audit
