#include "net/dial.h"

#include "net/resolve.h"
#include "net/socket.h"

#include <algorithm>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace srasta::net {
namespace {

using base::Code;
using Dialled = base::Result<std::unique_ptr<Stream>>;

/// Nothing reports that the peer acknowledged something.
constexpr base::Millis kAcknowledgedEvery{8};

}  // namespace

Task<Dialled> dial(BlockingPool& blocking, Peer peer, Scope& scope) {
  const base::MonoTime deadline = scope.within(peer.within);
  auto endpoints = co_await resolve(blocking, peer.host, peer.port, scope, deadline);
  if (!endpoints) {
    base::Error error = std::move(endpoints).error();
    if (error.code != Code::Cancelled) error.code = Code::Unavailable;
    co_return error;
  }
  // One address outside is enough: whoever answers for the name could send all there.
  const auto outside = std::ranges::find_if_not(*endpoints, &Endpoint::is_local);
  if (peer.local_only && outside != endpoints->end()) {
    co_return base::make_error(Code::Denied, "the address is not allowed",
                               outside->str() + " is outside the perimeter");
  }
  base::Error last = base::make_error(Code::Unavailable, "the name has no address");
  for (const Endpoint& endpoint : *endpoints) {
    Dialled stream = co_await connect_socket(endpoint, scope, peer.within);
    if (stream.ok() && peer.tls) {
      stream = co_await connect_tls(peer.tls, *std::move(stream), peer.host, scope, deadline);
    }
    if (stream.ok()) co_return stream;
    last = std::move(stream).error();
    last.detail = last.message + ": " + last.detail;
    if (last.code == Code::Cancelled) co_return last;
  }
  co_return last;
}

Task<IoState> until_acknowledged(Stream& stream, Scope& scope, base::MonoTime deadline) {
  while (true) {
    int left = 0;
    if (::ioctl(stream.descriptor(), SIOCOUTQ, &left) != 0) co_return IoState::Failed;
    int broken = 0;
    socklen_t size = sizeof broken;
    ::getsockopt(stream.descriptor(), SOL_SOCKET, SO_ERROR, &broken, &size);
    // A reset empties the queue, too.
    if (broken != 0) co_return IoState::Failed;
    if (left == 0) co_return IoState::Done;
    if (scope.loop().now() >= deadline) co_return IoState::Timeout;
    const Wake wake = co_await Sleep(scope, kAcknowledgedEvery);
    if (wake == Wake::Cancelled || scope.cancelled()) co_return IoState::Cancelled;
  }
}

}  // namespace srasta::net
