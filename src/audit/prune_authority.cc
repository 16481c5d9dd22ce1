#include "audit/prune_authority.h"

#include "audit/log_keys.h"
#include "base/encoding.h"

#include <algorithm>
#include <optional>

namespace srasta::audit {
namespace {

std::vector<tlog::VerifierKey> own_log_keys(base::FileSystem& files,
                                            const std::string& audit_folder,
                                            const std::string& install_id,
                                            const std::string& origin) {
  const auto key = read_own_log_key(files, audit_folder);
  if (!key || key->name() != install_id) return {};
  return log_keys_of(origin, install_id, {&*key, 1});
}

}  // namespace

base::Result<OperatorSays> read_operator(base::FileSystem& files, const StreamQuestion& question) {
  OperatorSays says;
  // Most installations never pruned anything.
  const auto there = files.list(question.folder + "/seg");
  if (!there && there.error().code != base::Code::NotFound) return there.error();
  if (!there || there->empty()) return says;
  const StreamReport report = verify_stream(files, question, [&says](const CheckedRecord& record) {
    if (auto pruned = read_pruned(record)) says.prunes.push_back(*std::move(pruned));
    says.holds.add(record);
    if (record.is("log.erased")) {
      uint64_t& total = says.erased[std::string(record.data(R"("stream":")"))];
      total = std::max(total, base::parse_u64(record.data(R"("total":)")).value_or(0));
    }
  });
  if (report.violation) {
    return base::make_error(base::Code::Corrupt,
                            question.folder + ": " +
                                std::string(to_string(report.violation->verdict)) + " " +
                                std::to_string(report.violation->seq));
  }
  says.bound = report.anchored.value_or(0);
  return says;
}

std::vector<PrunedPrefix> authorised_prunes(base::FileSystem& files, const StreamQuestion& question,
                                            std::string_view stream) {
  if (stream == kOperatorStream) return {};
  auto says = read_operator(files, question);
  if (!says) return {};
  std::erase_if(says->prunes, [&](const PrunedPrefix& pruned) {
    return pruned.seq >= says->bound || pruned.stream != stream;
  });
  return std::move(says->prunes);
}

StreamQuestion operator_question(base::FileSystem& files, const std::string& audit_folder,
                                 const std::string& install_id) {
  StreamQuestion question = own_question(files, audit_folder, install_id, kOperatorStream);
  question.only_signed = true;
  return question;
}

StreamQuestion own_question(base::FileSystem& files, const std::string& audit_folder,
                            const std::string& install_id, std::string_view stream) {
  StreamQuestion question{.name = std::string(stream)};
  question.folder = audit_folder + "/" + question.name;
  question.origin = install_id + "/" + question.name;
  question.log_keys = own_log_keys(files, audit_folder, install_id, question.origin);
  return question;
}

std::vector<PrunedPrefix> authorised_prunes_of(base::FileSystem& files,
                                               const std::string& audit_folder,
                                               const std::string& install_id,
                                               std::string_view stream) {
  return authorised_prunes(files, operator_question(files, audit_folder, install_id), stream);
}

}  // namespace srasta::audit
