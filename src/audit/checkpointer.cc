#include "audit/checkpointer.h"

#include "audit/start.h"
#include "audit/stream_name.h"
#include "tlog/note_key.h"

#include <utility>

namespace srasta::audit {
namespace {

/// `keys/log.pub`: the log key under the installation's name.
base::Result<void> publish_key(base::FileSystem& files, const std::string& folder,
                               std::string_view install_id, const base::Secret& log_key) {
  SRASTA_TRY_ASSIGN(auto secret, crypto::PrivateKey::from_pem(log_key));
  SRASTA_TRY_ASSIGN(const auto key,
                    tlog::SignerKey::make(std::string(install_id), tlog::SignatureType::Ed25519,
                                          std::move(secret)));
  const std::string text = key.verifier().to_text() + "\n";
  const std::string path = folder + "/keys/log.pub";
  const auto known = base::read_file(files, path, 1024);
  if (known && *known == text) return {};
  if (known || known.error().code != base::Code::NotFound) {
    return base::make_error(base::Code::Corrupt,
                            path +
                                " has another key than this installation's log key; checkpoints "
                                "would not be believed: restore keys/ from a backup");
  }
  SRASTA_TRY(files.make_folder(folder + "/keys"));
  return base::write_file_atomic(files, path, text);
}

}  // namespace

base::Result<std::unique_ptr<Checkpointer>> Checkpointer::open(base::FileSystem& files,
                                                               const base::Clock& clock,
                                                               base::Entropy& entropy,
                                                               Settings settings) {
  const std::string folder = settings.install.folder;
  SRASTA_TRY_ASSIGN(auto install, Ledger::open(files, clock, entropy, settings.install));
  const std::string& origin = install->origin();
  SRASTA_TRY(publish_key(files, folder, std::string_view(origin).substr(0, origin.find('/')),
                         settings.log_key));
  return std::make_unique<Checkpointer>(files, std::move(settings), std::move(install));
}

void Checkpointer::look() {
  const auto names = files_.list(settings_.install.folder);
  if (!names) return settings_.tell("audit: " + names.error().message);
  for (const std::string& name : *names) {
    if (is_stream_name(name)) look_at(name);
  }
}

void Checkpointer::look_at(const std::string& stream) {
  Watched& watched = streams_[stream];
  const auto checkpoint = try_look(stream, watched);
  if (!checkpoint) return report(stream, watched, checkpoint.error());
  if (!watched.problem.empty()) settings_.tell("audit: checkpoints of " + stream + " go on");
  watched.problem.clear();
  const std::optional<tlog::Checkpoint>& found = *checkpoint;
  if (!found) return;
  if (stream != kInstallStream) record(stream, *found);
  settings_.on_checkpoint(stream);
}

base::Result<std::optional<tlog::Checkpoint>> Checkpointer::try_look(const std::string& stream,
                                                                     Watched& watched) {
  if (!watched.signer) {
    const std::string& origin = install_->origin();
    SRASTA_TRY_ASSIGN(
        watched.signer,
        Countersigner::open({.files = &files_,
                             .folder = settings_.install.folder + "/" + stream,
                             .origin = origin.substr(0, origin.find('/') + 1) + stream},
                            settings_.log_key));
  }
  return watched.signer->look();
}

void Checkpointer::record(const std::string& stream, const tlog::Checkpoint& checkpoint) {
  Event event = system_event(Act::LogCheckpoint);
  event.data.add("root", checkpoint.root)
      .add("size", checkpoint.size)
      .add("stream", Label(std::string_view(stream)));
  if (auto appended = install_->append(event); !appended) {
    settings_.tell("audit: checkpoint of " + stream + " not recorded: " + appended.error().message);
  }
}

void Checkpointer::report(const std::string& stream, Watched& watched, const base::Error& error) {
  if (watched.problem == error.message) return;
  watched.problem = error.message;
  settings_.tell("audit: no checkpoint of " + stream + ": " + error.message);
  if (error.code != base::Code::Corrupt || stream == kInstallStream) return;
  Event event{.act = Act::LogVerify, .outcome = Outcome::Error};
  event.actor.kind = ActorKind::System;
  event.data.add("reason", Reason::Integrity).add("stream", Label(std::string_view(stream)));
  (void)install_->append(event);
}

void Checkpointer::record_lag(const SinkLag& lag) {
  Event event = system_event(Act::LogSinkLag);
  if (lag.lagging) event.outcome = Outcome::Error;
  event.data.add("behind", lag.behind)
      .add("sink", Label(lag.sink))
      .add("stream", Label(lag.stream));
  if (auto appended = install_->append(event); !appended) {
    settings_.tell("audit: lag of a sink not recorded: " + appended.error().message);
  }
}

void Checkpointer::record_engine(const EngineChange& change) {
  Event event = system_event(change.ended ? Act::EngineEnd : Act::EngineStart);
  if (change.ended) {
    if (change.status != 0 || change.signal != 0) event.outcome = Outcome::Error;
    event.data.add("signal", change.signal).add("status", change.status);
  } else {
    event.data.add("process", change.process);
  }
  event.data.add("upstream", Label(change.upstream));
  if (auto appended = install_->append(event); !appended) {
    settings_.tell("audit: an engine's start or end not recorded: " + appended.error().message);
  }
}

void Checkpointer::close() {
  look();
  if (auto closed = install_->close(); !closed) {
    settings_.tell("audit: stream install not closed: " + closed.error().message);
  }
  look_at(std::string(kInstallStream));
}

}  // namespace srasta::audit
