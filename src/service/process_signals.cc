#include "service/process_signals.h"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace srasta::service {
namespace {

int open_signals() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, number);
  return ::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
}

}  // namespace

ProcessSignals::ProcessSignals(net::Loop& loop, Handlers handlers)
    : loop_(loop), handlers_(std::move(handlers)), descriptor_(open_signals()) {
  (void)loop_.watch(descriptor_.get(), *this);
}

ProcessSignals::~ProcessSignals() {
  loop_.forget(descriptor_.get(), *this);
}

void ProcessSignals::on_ready(uint32_t /*events*/) {
  signalfd_siginfo info{};
  while (::read(descriptor_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    info.ssi_signo == SIGHUP ? handlers_.reload() : handlers_.end();
  }
}

}  // namespace srasta::service
