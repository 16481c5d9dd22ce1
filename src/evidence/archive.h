#pragma once

#include "audit/ledger.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/result.h"
#include "evidence/receipts.h"
#include "evidence/record_search.h"
#include "evidence/stream_index.h"
#include "net/blocking.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace srasta::evidence {

/// All streams of an installation's log, for reading: their indexes, kept up in the background, and
/// threads for what blocks. Everything but `start` and `stop` is for any thread.
class Archive {
 public:
  struct Settings {
    std::string data_folder;
    base::Millis pause{1000};  ///< between looks for what was written
    /// Of one search; what is not found by then is left for the next page.
    base::Millis most_time{500};
  };
  Archive(Settings settings, base::FileSystem& files, const base::Clock& clock, base::Log& log);
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive();

  /// The stream that this process writes, and the log's name. Before anything is asked.
  void set_own(const audit::Ledger& ledger);
  void start();
  void stop();

  /// Runs `work` on a thread that may wait; false, and nothing happens, when too much of it waits
  /// already.
  [[nodiscard]] bool submit(std::function<void()> work);

  [[nodiscard]] const std::string& install_id() const { return install_id_; }
  [[nodiscard]] const std::string& own_stream() const { return own_stream_; }
  /// How many durable records the own stream has. Never waits for the disk.
  [[nodiscard]] uint64_t own_end() const;

  // ---- what blocks

  /// How many records a stream has. NotFound: there is no such stream.
  base::Result<uint64_t> end_of(const std::string& stream);
  /// See `RecordSearch::run`.
  base::Result<Hits> search(const std::string& stream, const SearchOrder& order);
  /// All records that carry a request's id, of all streams in the order of their names.
  base::Result<std::vector<RequestRecord>> records_of(const std::string& request);
  /// See `evidence::prove`; NotFound also when the stream has no checkpoint.
  base::Result<std::string> prove(const RequestRecord& record);
  /// The stream's latest checkpoint with both signatures; NotFound when there is none.
  base::Result<std::string> checkpoint(const std::string& stream);
  [[nodiscard]] std::vector<std::string> streams();
  /// Lets every index catch up now, for tests and at start.
  void catch_up();

 private:
  StreamIndex& index_of(const std::string& stream);
  void follow_until_stopped();
  [[nodiscard]] std::string folder_of(const std::string& stream) const;

  const Settings settings_;
  base::FileSystem& files_;
  const base::Clock& clock_;
  base::Log& log_;
  const audit::Ledger* own_ = nullptr;
  std::string own_stream_;
  std::string install_id_;

  std::mutex indexes_mutex_;
  std::map<std::string, std::unique_ptr<StreamIndex>> indexes_;
  std::mutex catch_up_mutex_;
  std::map<std::string, std::string> faults_;  // last told, by stream; of the one who catches up

  std::mutex stop_mutex_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;
  bool asked_ = false;  ///< since the indexes caught up last: nobody pays for what nobody asks
  std::thread follower_;
  std::atomic<size_t> waiting_{0};
  net::BlockingPool pool_{2};
};

}  // namespace srasta::evidence
