#include "service/upload.h"

#include <utility>

namespace srasta::service {
namespace {

using net::BodyFault;
using Received = std::expected<std::unique_ptr<Upload>, BodyRefusal>;

/// A body that does not say how long it will be takes its room in steps.
constexpr size_t kStep = size_t{1} << 20;

constexpr BodyRefusal kMalformed = {ErrorCode::BadMultipart, "multipart"};

BodyRefusal refusal_of(http::FormFault fault) {
  if (fault == http::FormFault::TooManyParts) return {ErrorCode::BodyTooLarge, "multipart"};
  if (fault == http::FormFault::HeadTooLarge) return {ErrorCode::HeadTooLarge, "multipart"};
  return kMalformed;
}

/// Writes a body to its file, as long as there is room.
class ToFile final : public net::BodySink {
 public:
  ToFile(base::SpoolFile& file, net::BodyBudget& room) : file_(file), room_(room) {}
  ToFile(const ToFile&) = delete;
  ToFile& operator=(const ToFile&) = delete;
  ~ToFile() override { room_.give_back(held_); }

  bool take(std::string_view piece) override {
    while (file_.size() + piece.size() > held_) {
      if (!room_.take(kStep)) return false;
      held_ += kStep;
    }
    return file_.append(piece).ok();
  }
  /// The room goes on to whoever keeps the file.
  [[nodiscard]] size_t release() { return std::exchange(held_, 0); }

 private:
  base::SpoolFile& file_;
  net::BodyBudget& room_;
  size_t held_ = 0;
};

/// A large form takes a while to look through, so other requests go on meanwhile.
net::Task<http::Form> parse_elsewhere(net::Loop& loop, net::BlockingPool& blocking,
                                      std::string_view body, std::string_view boundary) {
  net::Delivery<http::Form> parsed(loop);
  blocking.submit(
      [send = parsed.sender(), body, boundary] { send(http::parse_form(body, boundary)); });
  // What it reads stays until it is done, whoever is gone by then.
  net::Scope scope(loop);
  auto form = co_await parsed.receive(scope, base::MonoTime::max());
  co_return form ? *std::move(form) : http::Form();
}

}  // namespace

net::Task<Received> receive_upload(net::Exchange& exchange, const UploadSpace& space,
                                   uint64_t limit) {
  const std::string type(exchange.head().fields.find("content-type").value_or(""));
  const auto boundary = http::multipart_boundary(type);
  if (!boundary) {
    co_await exchange.discard_small_body();
    co_return std::unexpected(kMalformed);
  }
  auto file = base::SpoolFile::create(space.folder);
  if (!file) co_return std::unexpected(service::refusal_of(BodyFault::NoRoom));
  ToFile sink(*file, space.room);
  const BodyFault fault = co_await exchange.read_body_into(limit, sink);
  if (fault != BodyFault::None) co_return std::unexpected(service::refusal_of(fault));
  auto upload = std::make_unique<Upload>(*std::move(file), space.room, sink.release());
  const auto body = upload->file_.view();
  if (!body) co_return std::unexpected(service::refusal_of(BodyFault::NoRoom));
  upload->body_ = *body;
  upload->form_ = co_await parse_elsewhere(exchange.loop(), space.blocking, *body, *boundary);
  if (upload->form_.fault != http::FormFault::None) {
    co_return std::unexpected(refusal_of(upload->form_.fault));
  }
  co_return upload;
}

}  // namespace srasta::service
