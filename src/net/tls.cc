#include "net/tls.h"

#include "net/endpoint.h"

#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace srasta::net {
namespace {

using base::Code;
using base::make_error;

constexpr std::string_view kAlpn = "\x08http/1.1";

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};

class OpenSslContext final : public TlsContext {
 public:
  explicit OpenSslContext(const SSL_METHOD* method) : context_(SSL_CTX_new(method)) {
    SSL_CTX_set_min_proto_version(get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  }
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, Free> context_;
};

std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  char text[256] = "no reason given";
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  return text;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_size,
                  const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, bytes(kAlpn), static_cast<unsigned>(kAlpn.size()),
                            offered, offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class TlsStream final : public Stream {
 public:
  TlsStream(Loop& loop, int descriptor, std::shared_ptr<const TlsContext> context)
      : Stream(loop, descriptor),
        context_(std::move(context)),
        session_(SSL_new(static_cast<const OpenSslContext&>(*context_).get())) {
    SSL_set_fd(session_.get(), descriptor);
  }

  [[nodiscard]] SSL* session() const { return session_.get(); }

  IoState try_handshake() {
    ERR_clear_error();
    return state_after(SSL_do_handshake(session()), Direction::Read);
  }

  Io try_read(std::span<char> out) override {
    ERR_clear_error();
    size_t got = 0;
    const int outcome = SSL_read_ex(session(), out.data(), out.size(), &got);
    return {state_after(outcome, Direction::Read), got};
  }

  Io try_write(std::span<const std::string_view> parts) override {
    // One record for small parts: a head and its body would otherwise cost two.
    std::string_view text;
    if (parts.size() == 1) {
      text = parts.front();
    } else {
      gathered_.clear();
      for (const std::string_view part : parts) gathered_.append(part);
      text = gathered_;
    }
    if (text.empty()) return {IoState::Done, 0};
    ERR_clear_error();
    size_t sent = 0;
    const int outcome = SSL_write_ex(session(), text.data(), text.size(), &sent);
    return {state_after(outcome, Direction::Write), sent};
  }

  void shutdown_write() override {
    ERR_clear_error();
    SSL_shutdown(session());
    ERR_clear_error();
  }

 private:
  bool peer_said_goodbye() override {
    char byte = 0;
    size_t got = 0;
    ERR_clear_error();
    const int outcome = SSL_peek_ex(session(), &byte, 1, &got);
    const int error = SSL_get_error(session(), outcome);
    ERR_clear_error();
    return outcome != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
  }

  IoState state_after(int outcome, Direction direction) {
    if (outcome == 1) return IoState::Done;
    switch (SSL_get_error(session(), outcome)) {
      case SSL_ERROR_WANT_READ:
        block(direction, Direction::Read);
        return IoState::WouldBlock;
      case SSL_ERROR_WANT_WRITE:
        block(direction, Direction::Write);
        return IoState::WouldBlock;
      case SSL_ERROR_ZERO_RETURN:
        return IoState::Closed;
      default:
        return IoState::Failed;
    }
  }

  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<SSL, Free> session_;
  std::string gathered_;
};

Task<base::Result<std::unique_ptr<Stream>>> handshake(std::unique_ptr<TlsStream> stream,
                                                      Scope& scope, base::MonoTime deadline) {
  while (true) {
    const IoState state = stream->try_handshake();
    if (state == IoState::Done) co_return std::unique_ptr<Stream>(std::move(stream));
    if (state != IoState::WouldBlock) {
      // The first error of the queue is the cause.
      const bool protocol = ERR_GET_REASON(ERR_peek_error()) == SSL_R_NO_APPLICATION_PROTOCOL ||
                            ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_NO_APPLICATION_PROTOCOL;
      const long verified = SSL_get_verify_result(stream->session());
      std::string reason = openssl_reason();
      if (verified != X509_V_OK)
        reason += std::string(": ") + X509_verify_cert_error_string(verified);
      co_return make_error(protocol ? Code::NotFound : Code::Unavailable, "TLS handshake failed",
                           std::move(reason));
    }
    const Wake wake = co_await stream->readable(scope, deadline);
    if (wake == Wake::Timeout) co_return make_error(Code::Timeout, "TLS handshake timed out");
    if (wake == Wake::Cancelled) co_return make_error(Code::Cancelled, "cancelled");
  }
}

struct OwnFiles {
  std::string cert;
  std::string key;
};

base::Result<void> use_certificate(const OpenSslContext& context, const OwnFiles& own) {
  if (SSL_CTX_use_certificate_chain_file(context.get(), own.cert.c_str()) != 1) {
    return make_error(Code::Invalid, "tls.cert_file: cannot use " + own.cert, openssl_reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), own.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return make_error(Code::Invalid,
                      "tls.key_file: cannot use " + own.key + " with this certificate",
                      openssl_reason());
  }
  return {};
}

bool expect_peer(SSL* session, const std::string& host) {
  if (parse_ip(host, 0).ok()) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1;
  }
  return SSL_set1_host(session, host.c_str()) == 1 &&
         SSL_set_tlsext_host_name(session, host.c_str()) == 1;
}

}  // namespace

base::Result<std::shared_ptr<const TlsContext>> TlsContext::server(const std::string& cert_file,
                                                                   const std::string& key_file) {
  auto context = std::make_shared<OpenSslContext>(TLS_server_method());
  SRASTA_TRY(use_certificate(*context, {.cert = cert_file, .key = key_file}));
  SSL_CTX_set_alpn_select_cb(context->get(), choose_http11, nullptr);
  return std::shared_ptr<const TlsContext>(std::move(context));
}

base::Result<std::shared_ptr<const TlsContext>> TlsContext::client(const Client& settings) {
  auto context = std::make_shared<OpenSslContext>(TLS_client_method());
  SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
  if (settings.http) {
    SSL_CTX_set_alpn_protos(context->get(), bytes(kAlpn), static_cast<unsigned>(kAlpn.size()));
  }
  const char* const ca_file = settings.ca_file.c_str();
  const int loaded = settings.ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context->get())
                         : SSL_CTX_load_verify_locations(context->get(), ca_file, nullptr);
  if (loaded != 1) {
    return make_error(Code::Invalid, "cannot load certificate authorities from " + settings.ca_file,
                      openssl_reason());
  }
  if (!settings.cert_file.empty()) {
    SRASTA_TRY(use_certificate(*context, {.cert = settings.cert_file, .key = settings.key_file}));
  }
  return std::shared_ptr<const TlsContext>(std::move(context));
}

Task<base::Result<std::unique_ptr<Stream>>> accept_tls(std::shared_ptr<const TlsContext> context,
                                                       int descriptor, Scope& scope,
                                                       base::MonoTime deadline) {
  auto stream = std::make_unique<TlsStream>(scope.loop(), descriptor, std::move(context));
  SSL_set_accept_state(stream->session());
  co_return co_await handshake(std::move(stream), scope, deadline);
}

Task<base::Result<std::unique_ptr<Stream>>> connect_tls(std::shared_ptr<const TlsContext> context,
                                                        std::unique_ptr<Stream> plain,
                                                        std::string host, Scope& scope,
                                                        base::MonoTime deadline) {
  const int descriptor = ::dup(plain->descriptor());
  plain.reset();
  if (descriptor < 0) co_return base::errno_error("dup", errno);
  auto stream = std::make_unique<TlsStream>(scope.loop(), descriptor, std::move(context));
  SSL_set_connect_state(stream->session());
  if (!expect_peer(stream->session(), host)) {
    co_return make_error(Code::Invalid, "cannot verify the name " + host);
  }
  co_return co_await handshake(std::move(stream), scope, deadline);
}

}  // namespace srasta::net
