#pragma once

#include "base/file.h"
#include "base/log.h"
#include "net/http_server.h"
#include "witness/door.h"
#include "witness/folder.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace srasta::witness {

/// A witness as a process: its start, its reloads and its end.
class Service {
 public:
  struct Settings {
    net::Endpoint listen;
    std::string cert_file = {};  ///< both or none: plain HTTP
    std::string key_file = {};
    bool behind_proxy = false;  ///< every peer is the proxy: no bounds by address
    base::Micros drain = base::Seconds(10);
  };
  struct Environment {
    const base::Clock& clock;
    base::Log& log;
  };

  /// Reads keys and states and opens the listener. Nothing is served before `run`. `folder` is
  /// locked and must outlive the object.
  static base::Result<std::unique_ptr<Service>> open(Folder& folder, tlog::SignerKey key,
                                                     Settings settings, Environment environment);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  /// Serves until SIGTERM or SIGINT, then drains; a second one cuts off. SIGHUP reads the watched
  /// logs and the certificate again. The signals must be blocked in every thread.
  void run();

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const tlog::VerifierKey& key() const { return cosigner_.key(); }
  [[nodiscard]] size_t logs() const { return cosigner_.logs(); }

 private:
  class Signals;
  struct Key {};

  [[nodiscard]] base::Result<std::shared_ptr<const net::TlsContext>> tls() const;
  base::Result<void> listen();
  void on_signal(int number);
  void reload();
  [[nodiscard]] base::Result<void> watch_logs();
  net::Task<void> drain();

 public:
  Service(Key, Folder& folder, tlog::SignerKey key, Settings settings, Environment environment);

 private:
  Folder& folder_;
  const Settings settings_;
  const Environment env_;
  Cosigner cosigner_;
  std::mutex reloading_;  ///< of one reading after another, so that the last one counts
  net::Loop loop_;
  net::BlockingPool blocking_;
  Door door_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<Signals> signals_;
  std::string url_;
  bool draining_ = false;
};

}  // namespace srasta::witness
