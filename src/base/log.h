#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace srasta::base {

enum class Level : uint8_t { Debug, Info, Warn, Error };

/// One value of a log line. Values are ids, enums, numbers and operator-written configuration:
/// never prompts, responses, documents or secrets. Text is escaped, whatever bytes it holds.
struct LogField {
  std::string_view key;
  std::variant<std::string_view, int64_t, bool> value;
};

/// A bounded ring of finished lines with one writer and one reader. A full ring drops the line and
/// counts it: logging never blocks a request.
class LogRing {
 public:
  explicit LogRing(size_t capacity);

  /// False if the line did not fit and was dropped.
  bool push(std::string_view line);
  /// Appends everything that is ready to `out`.
  void pop_all(std::string& out);
  [[nodiscard]] uint64_t take_dropped() { return dropped_.exchange(0, std::memory_order_relaxed); }

 private:
  std::vector<char> bytes_;
  alignas(64) std::atomic<uint64_t> written_{0};
  alignas(64) std::atomic<uint64_t> read_{0};
  std::atomic<uint64_t> dropped_{0};
};

/// Writes JSON lines to one descriptor from its own thread. Each thread that logs gets a ring of
/// its own at its first line, so writers never wait for each other or for the disk.
class Log {
 public:
  /// `descriptor` stays owned by the caller and open until destruction.
  Log(const Clock& clock, int descriptor, std::string service, Level least = Level::Info);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  /// Writes what is left.
  ~Log();

  /// From now on, for every thread.
  void set_level(Level least) { least_.store(least, std::memory_order_relaxed); }
  void write(Level level, std::string_view event, std::initializer_list<LogField> fields = {});
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(Level::Info, event, fields);
  }
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(Level::Warn, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(Level::Error, event, fields);
  }

 private:
  LogRing& ring_of_this_thread();
  void drain_until_stopped();
  void drain_once();

  const Clock& clock_;
  const int descriptor_;
  const std::string service_;
  std::atomic<Level> least_;
  const uint64_t identity_;
  int wake_ = -1;
  std::atomic<bool> armed_{true};
  std::atomic<bool> stopping_{false};
  std::mutex rings_mutex_;
  std::vector<std::unique_ptr<LogRing>> rings_;
  std::thread drain_;
};

/// Appends `text` as the inside of a JSON string: quotes, backslashes and controls escaped, bytes
/// that are not UTF-8 replaced by U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

}  // namespace srasta::base
