#include "repeats.h"

#include <algorithm>
#include <ctime>

namespace bench {
namespace {

/// Of this thread: what others do on a shared machine must not count.
double cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

double duration_ns(const Subject& subject, uint64_t times) {
  const double start = cpu_ns();
  subject.run(times);
  return cpu_ns() - start;
}

/// How many times fill a batch; also warms up.
uint64_t batch_of(const Subject& subject, double batch_ns) {
  uint64_t times = 16;
  double took = duration_ns(subject, times);
  while (took < batch_ns / 2) {
    times *= 2;
    took = duration_ns(subject, times);
  }
  return std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(times) * batch_ns / took));
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::vector<Measured> measure(const std::vector<Subject>& subjects, size_t rounds,
                              double batch_ns) {
  std::vector<uint64_t> batches;
  for (const Subject& subject : subjects) batches.push_back(batch_of(subject, batch_ns));
  std::vector<std::vector<double>> ns(subjects.size());
  std::vector<std::vector<double>> ratios(subjects.size());
  for (size_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < subjects.size(); ++i) {
      ns[i].push_back(duration_ns(subjects[i], batches[i]) / static_cast<double>(batches[i]));
      ratios[i].push_back(ns[i].back() / ns[0].back());
    }
  }
  std::vector<Measured> measured;
  for (size_t i = 0; i < subjects.size(); ++i) {
    const auto [fastest, slowest] = std::minmax_element(ns[i].begin(), ns[i].end());
    measured.push_back({median(ns[i]), *fastest, *slowest, median(ratios[i])});
  }
  return measured;
}

}  // namespace bench
