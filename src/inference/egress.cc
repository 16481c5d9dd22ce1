#include "inference/egress.h"

#include "json/document.h"
#include "json/writer.h"

namespace srasta::inference {
namespace {

using base::Code;
using base::make_error;

base::Result<std::string> text_of(json::Value root, std::string_view member) {
  const auto value = root.find(member);
  const auto text = value ? value->string() : std::nullopt;
  if (!text || text->empty()) {
    return make_error(Code::Corrupt,
                      "the acknowledgement has no text `" + std::string(member) + "`");
  }
  return std::string(*text);
}

}  // namespace

bool EgressAcknowledgement::covers(std::string_view name, const http::Url& url) const {
  return upstream == name && destination == destination_of(url);
}

std::string EgressAcknowledgement::json() const {
  json::Writer writer;
  writer.begin_object().member("upstream", std::string_view(upstream));
  writer.member("destination", std::string_view(destination));
  writer.member("actor", std::string_view(actor)).member("time", std::string_view(time));
  writer.member("stream", std::string_view(stream)).member("seq", static_cast<int64_t>(seq));
  return writer.end_object().take() + "\n";
}

base::Result<EgressAcknowledgement> EgressAcknowledgement::parse(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) return make_error(Code::Corrupt, "the acknowledgement is not JSON");
  const json::Value root = document->root();
  EgressAcknowledgement read;
  SRASTA_TRY_ASSIGN(read.upstream, text_of(root, "upstream"));
  SRASTA_TRY_ASSIGN(read.destination, text_of(root, "destination"));
  SRASTA_TRY_ASSIGN(read.actor, text_of(root, "actor"));
  SRASTA_TRY_ASSIGN(read.time, text_of(root, "time"));
  SRASTA_TRY_ASSIGN(read.stream, text_of(root, "stream"));
  const auto seq = root.find("seq");
  const auto number = seq ? seq->integer() : std::nullopt;
  if (!number || *number < 0) {
    return make_error(Code::Corrupt, "the acknowledgement names no record");
  }
  read.seq = static_cast<uint64_t>(*number);
  return read;
}

std::string destination_of(const http::Url& url) {
  return std::string(url.tls ? "https" : "http") + "://" + url.host + ":" +
         std::to_string(url.port);
}

std::string acknowledgement_path(std::string_view data_folder, std::string_view upstream) {
  return std::string(data_folder) + "/egress/" + std::string(upstream) + ".json";
}

}  // namespace srasta::inference
