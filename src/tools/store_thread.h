#pragma once

#include "net/blocking.h"
#include "net/loop.h"
#include "net/on_pool.h"
#include "storage/sql.h"

#include <optional>
#include <type_traits>
#include <utility>

namespace srasta::tools {

/// The database of the tool gateway, and the one thread that it is used on.
class StoreThread {
 public:
  explicit StoreThread(net::Loop& loop) : loop_(loop), thread_(1) {}
  /// Once, before anything is asked.
  void start(sql::Connection database) { database_.emplace(std::move(database)); }

  /// Runs `work` with the database and waits for what it gives.
  template <typename Work>
  net::Task<std::invoke_result_t<Work&, sql::Connection&>> use(Work work) {
    return net::on_pool(loop_, thread_,
                        [this, work = std::move(work)]() mutable { return work(*database_); });
  }
  /// Waits for what is being done. The loop does not run any more.
  void stop() { thread_.stop(); }

 private:
  net::Loop& loop_;
  std::optional<sql::Connection> database_;
  net::BlockingPool thread_;
};

}  // namespace srasta::tools
