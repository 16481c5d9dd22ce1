#include "net/http_server.h"

#include "base/check.h"
#include "net/http_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace srasta::net {
namespace {

constexpr base::Seconds kUserTimeoutMargin{5};

}  // namespace

class HttpServer::Grace final : public Timer {
 public:
  explicit Grace(HttpServer& server) : server_(server) {
    server.loop().timers().arm(*this, server.loop().now() + kGrace);
  }

 private:
  static constexpr base::Millis kGrace{250};
  void on_timeout() override { server_.end_grace(); }
  HttpServer& server_;
};

HttpServer::HttpServer(Loop& loop, const ServerLimits& limits, Application& application,
                       std::shared_ptr<const TlsContext> tls)
    : loop_(loop), limits_(limits), application_(application), tls_(std::move(tls)) {}

HttpServer::~HttpServer() {
  SRASTA_CHECK(count_ == 0, "connections end before their server");
}

base::Result<Endpoint> HttpServer::listen(const Endpoint& endpoint, bool share) {
  SRASTA_TRY_ASSIGN(listener_, Listener::open(loop_, endpoint, share, *this));
  return listener_->endpoint();
}

/// A client that vanished without a word never acknowledges. Small frames would not fill the send
/// buffer, so only the kernel can tell.
void HttpServer::bound_silence(int descriptor) const {
  // Later than our own bound, which can say why.
  const auto millis = static_cast<unsigned>(
      std::chrono::duration_cast<base::Millis>(limits_.write_idle + kUserTimeoutMargin).count());
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &millis, sizeof millis);
}

void HttpServer::on_connection(int descriptor, const Endpoint& peer) {
  std::string host = peer.host();
  const bool full = count_ >= limits_.connections;
  if (full) application_.turned_away(host);
  if (full || !application_.admit(host)) {
    ::close(descriptor);
    return;
  }
  if (peer.family != Endpoint::Family::Unix) bound_silence(descriptor);
  spawn(run_connection(descriptor, std::move(host)));
}

Task<void> HttpServer::run_connection(int descriptor, std::string peer) {
  {
    HttpConnection connection(*this, peer);
    co_await connection.run(descriptor);
  }
  application_.left(peer);
}

void HttpServer::drain() {
  if (draining_) return;
  if (listener_) {
    listener_->turn_away();
    listener_->accept_pending();
  }
  draining_ = true;
  grace_ = std::make_unique<Grace>(*this);
  for (HttpConnection* each = first_; each != nullptr; each = each->next_) {
    each->close_if_idle(true);
  }
}

void HttpServer::end_grace() {
  if (listener_) listener_->accept_pending();
  listener_.reset();
  grace_over_ = true;
  for (HttpConnection* each = first_; each != nullptr; each = each->next_) {
    each->close_if_idle(false);
  }
}

void HttpServer::cut_off() {
  for (HttpConnection* each = first_; each != nullptr; each = each->next_) each->cancel();
}

void HttpServer::link(HttpConnection& connection) {
  connection.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &connection;
  first_ = &connection;
  ++count_;
}

void HttpServer::unlink(HttpConnection& connection) {
  if (connection.next_ != nullptr) connection.next_->previous_ = connection.previous_;
  if (connection.previous_ != nullptr)
    connection.previous_->next_ = connection.next_;
  else
    first_ = connection.next_;
  --count_;
}

}  // namespace srasta::net
