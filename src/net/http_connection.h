#pragma once

#include "net/http_server.h"

#include <memory>
#include <string>

// Private to net/: the life of one accepted connection.
namespace srasta::net {

class HttpConnection {
 public:
  HttpConnection(HttpServer& server, std::string peer);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection();

  Task<void> run(int descriptor);
  /// Closes it if no request is under way. One that has not sent its first request yet stays when
  /// `spare_new`.
  void close_if_idle(bool spare_new);
  void cancel() { scope_.cancel(); }

 private:
  friend class HttpServer;
  enum class HeadState : uint8_t { Complete, Closed, Refused };

  Task<bool> open(int descriptor);
  Task<HeadState> read_head(Refusal& refusal);
  Task<bool> serve_one();
  Task<void> refuse(Refusal refusal);
  Task<void> linger();
  void skip_one_empty_line();
  void prepare(Exchange& exchange);

  HttpServer& server_;
  const std::string peer_;
  int descriptor_ = -1;  // the stream owns it
  Scope scope_;
  std::unique_ptr<Stream> stream_;
  std::string buffer_;
  http::HeadScanner scanner_;
  base::MonoTime started_;
  bool idle_ = false;
  bool served_ = false;  // at least one request
  std::shared_ptr<void> attachment_;
  unsigned refusals_ = 0;
  HttpConnection* previous_ = nullptr;
  HttpConnection* next_ = nullptr;
};

}  // namespace srasta::net
