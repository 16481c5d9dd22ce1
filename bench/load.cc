// Load that wrk cannot make: streams whose every frame is checked, single requests one after
// another, and callers that go away. Prints JSON.
#include "load.h"

#include <csignal>
#include <fstream>
#include <functional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace bench {

Requests::Requests(const LoadOptions& options) : options_(options) {
  std::ifstream file(options.tokens_file);
  for (std::string line; std::getline(file, line);) tokens_.push_back(line);
}

std::string Requests::next(bool stream, std::string_view user) {
  const std::string body =
      fmt::format(R"({{"model":"{}","messages":[{{"role":"user","content":"{}"}}],"user":"{}"{}}})",
                  options_.model, std::string(160, 'x'), user, stream ? R"(,"stream":true)" : "");
  std::string head = fmt::format(
      "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n",
      options_.path, options_.port, body.size());
  for (const std::string& header : options_.headers) head += header + "\r\n";
  if (!tokens_.empty()) {
    head += fmt::format("Authorization: Bearer {}\r\n", tokens_[turn_++ % tokens_.size()]);
  }
  return head + "\r\n" + body;
}

uint64_t per_mille(const std::vector<uint32_t>& sorted, size_t share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, sorted.size() * share / 1000)];
}

namespace {

void add_common(CLI::App& command, LoadOptions& options) {
  command.add_option("--port", options.port, "Of the server, on 127.0.0.1")->required();
  command.add_option("--path", options.path);
  command.add_option("--model", options.model, "See mock_shape.h")->capture_default_str();
  command.add_option("--header", options.headers, "A whole header line; may be repeated");
  command.add_option("--tokens", options.tokens_file, "Bearer tokens, one a line, used in turn");
}

int run(int argc, char** argv) {
  LoadOptions options;
  std::function<int(const LoadOptions&)> mode;
  CLI::App app("load: streams, latencies and disconnects");
  app.require_subcommand(1);

  CLI::App* const streams = app.add_subcommand("streams", "Streams at once, every frame checked");
  add_common(*streams, options);
  streams->add_option("--streams", options.streams)->capture_default_str();
  streams->add_option("--seconds", options.seconds, "Begin again until then; 0: each runs once");
  streams->add_option("--ramp", options.ramp, "Seconds over which they are begun");
  streams->add_option("--gather", options.gather,
                      "Milliseconds between looks at the sockets: this side costs less then");
  streams->add_option("--pid", options.watched_pid, "Whose memory is read");
  streams->callback([&mode] { mode = run_streams; });

  CLI::App* const latency = app.add_subcommand("latency", "Requests one after another");
  add_common(*latency, options);
  latency->add_option("--count", options.count)->required();
  latency->callback([&mode] { mode = run_latency; });

  CLI::App* const leave = app.add_subcommand("disconnects", "Callers that go away at any phase");
  add_common(*leave, options);
  leave->add_option("--count", options.count)->required();
  leave->add_option("--streams", options.streams, "At once")->capture_default_str();
  leave->add_option("--seed", options.seed)->capture_default_str();
  leave->add_option("--closes", options.closes_file, "Where to write who left when");
  leave->callback([&mode] { mode = run_disconnects; });

  CLI11_PARSE(app, argc, argv);
  return mode(options);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return bench::run(argc, argv);
}
