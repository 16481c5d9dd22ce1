#pragma once

#include "base/spool_file.h"
#include "http/multipart.h"
#include "net/blocking.h"
#include "net/http_server.h"
#include "net/task.h"
#include "service/body_refusal.h"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace srasta::service {

/// Where forms with files wait while they are looked at and sent on.
struct UploadSpace {
  net::BlockingPool& blocking;
  net::BodyBudget& room;  ///< of all cores together, bytes on disk
  std::string folder;
};

/// A multipart form, whole and well-formed, on disk. What it points at lives as long as it does.
class Upload {
 public:
  Upload(base::SpoolFile file, net::BodyBudget& room, size_t held)
      : file_(std::move(file)), room_(room), held_(held) {}
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;
  ~Upload() { room_.give_back(held_); }

  [[nodiscard]] std::string_view body() const { return body_; }
  [[nodiscard]] const http::Form& form() const { return form_; }

 private:
  friend net::Task<std::expected<std::unique_ptr<Upload>, BodyRefusal>> receive_upload(
      net::Exchange& exchange, const UploadSpace& space, uint64_t limit);

  base::SpoolFile file_;
  net::BodyBudget& room_;
  const size_t held_;
  std::string_view body_;
  http::Form form_;
};

/// Reads the body of a request whose Content-Type is multipart/form-data, at most `limit` bytes.
/// The name of a part may repeat: who looks for one decides.
net::Task<std::expected<std::unique_ptr<Upload>, BodyRefusal>> receive_upload(
    net::Exchange& exchange, const UploadSpace& space, uint64_t limit);

}  // namespace srasta::service
