#include "base/clock.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/models_verbs.h"
#include "cli/operator_log.h"
#include "http/url.h"
#include "inference/egress.h"

#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

struct Options {
  LaunchOptions launch;
  std::string name;
};

base::Result<const config::Upstream*> find_upstream(const config::Loaded& loaded,
                                                    const std::string& name) {
  std::string known;
  for (const config::Upstream& upstream : loaded.config.inference.upstreams) {
    if (upstream.name.view() == name) return &upstream;
    known += (known.empty() ? "" : ", ") + upstream.name.str();
  }
  return make_error(Code::NotFound, fmt::format("inference.upstreams has no engine {}; it has: {}",
                                                name, known.empty() ? "none" : known));
}

audit::Event event_of(audit::Act act, const std::string& name, const std::string& destination) {
  audit::Event event{.act = act, .outcome = audit::Outcome::Ok};
  event.data.add("upstream", audit::Label(std::string_view(name)))
      .add("destination", audit::Label(std::string_view(destination)));
  return event;
}

/// In the name of whoever owns the log: the gateway reads it as that user.
base::Result<void> keep(const std::string& data,
                        const inference::EgressAcknowledgement& acknowledged) {
  const process::ActingAs owner(process::owner_to_act_as(data + "/audit"));
  base::PosixFileSystem files;
  SRASTA_TRY(files.make_folder(data + "/egress"));
  return base::write_file_atomic(
      files, inference::acknowledgement_path(data, acknowledged.upstream), acknowledged.json());
}

base::Result<void> acknowledge(const Options& options, const config::Environment& environment) {
  const std::string data = data_folder(options.launch.data);
  SRASTA_TRY_ASSIGN(const config::Loaded loaded, load_launch_config(options.launch, environment));
  SRASTA_TRY_ASSIGN(const config::Upstream* const upstream, find_upstream(loaded, options.name));
  SRASTA_TRY_ASSIGN(const http::Url url, http::parse_url(upstream->url));
  if (!url.tls && !upstream->external) {
    return make_error(Code::Invalid,
                      "in plain http nothing is ever sent outside, and inside nothing needs an "
                      "acknowledgement; give an https url");
  }
  inference::EgressAcknowledgement acknowledged{
      .upstream = options.name,
      .destination = inference::destination_of(url),
      .actor = host_user(),
      .time = base::format_utc(base::SystemClock().wall()),
      .stream = "operator"};
  SRASTA_TRY_ASSIGN(const auto log, OperatorLog::open_as_owner(data));
  SRASTA_TRY_ASSIGN(acknowledged.seq, log->write(event_of(audit::Act::EgressAcknowledge,
                                                          options.name, acknowledged.destination)));
  SRASTA_TRY(log->close());
  SRASTA_TRY(keep(data, acknowledged));
  fmt::print(
      "requests may go to {} at {}, from a few seconds on; record {} of the stream operator.\n"
      "Who may use it needs a pattern hosted:NAME in access.models (docs/routing.md).\n",
      options.name, acknowledged.destination, acknowledged.seq);
  return {};
}

base::Result<void> revoke(const Options& options) {
  const std::string data = data_folder(options.launch.data);
  const std::string path = inference::acknowledgement_path(data, options.name);
  base::PosixFileSystem files;
  auto text = base::read_file(files, path, inference::EgressAcknowledgement::kLongest);
  if (!text) return make_error(Code::NotFound, options.name + " has no acknowledgement");
  const auto before = inference::EgressAcknowledgement::parse(*text);
  SRASTA_TRY_ASSIGN(const auto log, OperatorLog::open_as_owner(data));
  {
    const process::ActingAs owner(process::owner_to_act_as(data + "/audit"));
    SRASTA_TRY(files.remove(path));
  }
  SRASTA_TRY_ASSIGN(const uint64_t seq,
                    log->write(event_of(audit::Act::EgressRevoke, options.name,
                                        before ? before->destination : std::string())));
  SRASTA_TRY(log->close());
  fmt::print(
      "nothing goes to {} any more, from a few seconds on; record {} of the stream "
      "operator\n",
      options.name, seq);
  return {};
}

}  // namespace

void add_models_egress(Command models, const config::Environment& environment) {
  Options& options = models.keep(Options());
  const Command make = models.add_subcommand(
      "acknowledge-egress", "Answer for what is sent to an engine outside the perimeter");
  const Command end = models.add_subcommand("revoke-egress", "Take that back");
  for (const Command& command : {make, end}) {
    command.add_option("NAME", options.name, "An engine of inference.upstreams",
                       {.required = true});
    command.add_option(
        "--data", options.launch.data,
        "Data folder (default: /var/lib/srasta as root, else ~/.local/share/srasta)");
  }
  make.add_option("--config", options.launch.config,
                  "Configuration file (default: /etc/srasta/srasta.yaml if it exists)");
  make.set_action([&options, &environment] {
    const auto done = acknowledge(options, environment);
    return done ? kOk : fail_with(done.error());
  });
  end.set_action([&options] {
    const auto done = revoke(options);
    return done ? kOk : fail_with(done.error());
  });
}

}  // namespace srasta::cli
