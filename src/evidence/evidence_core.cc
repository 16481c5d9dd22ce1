#include "evidence/evidence_core.h"

#include "audit/label.h"
#include "audit/record_csv.h"
#include "audit/stored_records.h"
#include "evidence/live_stream.h"
#include "evidence/on_archive.h"
#include "evidence/routes.h"
#include "evidence/sight.h"
#include "http/path.h"
#include "json/writer.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::evidence {
namespace {

using audit::Act;
using audit::Durability;
using audit::Outcome;
using service::ErrorCode;
using service::Request;

constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

std::string query_of(const Request& request) {
  const auto path = http::canonical_path(request.exchange.head().path);
  return path ? std::string(path->query) : std::string();
}

Format format_of(const Request& request, const Question& question) {
  if (question.format) return *question.format;
  return accepted_format(request.exchange.head().fields.find("accept").value_or(""));
}

std::string json_page(const Hits& hits, std::string_view next_cursor) {
  json::Writer writer;
  writer.begin_object().key("records").begin_array();
  for (const Hit& hit : hits.records) writer.raw(hit.line);
  writer.end_array().key("next_cursor");
  next_cursor.empty() ? writer.null() : writer.string(next_cursor);
  return writer.end_object().take();
}

std::string csv_page(const Hits& hits) {
  std::string text(audit::csv_header());
  for (const Hit& hit : hits.records) audit::append_csv(text, hit.line);
  return text;
}

std::string lines_page(const Hits& hits) {
  std::string text;
  for (const Hit& hit : hits.records) text.append(hit.line).append("\n");
  return text;
}

std::string_view content_type_of(Format format) {
  switch (format) {
    case Format::Csv:
      return "text/csv; charset=utf-8; header=present";
    case Format::Lines:
      return "application/jsonl";
    case Format::Json:
      break;
  }
  return "application/json";
}

/// What a query's record says of the page.
service::Journal::LogRead read_of(const Question& question, const Hits& hits) {
  service::Journal::LogRead read{
      .stream = question.stream, .filters = question.filters_set, .records = hits.records.size()};
  if (!hits.records.empty()) {
    const auto [low, high] = std::minmax(hits.records.front().seq, hits.records.back().seq);
    read.from_seq = low;
    read.to_seq = high;
  }
  return read;
}

struct Receipts {
  std::vector<RequestRecord> records;
  std::vector<std::string> proofs;  ///< empty where there is none
};

std::string receipts_json(std::string_view request, const Receipts& receipts) {
  json::Writer writer;
  writer.begin_object().member("request", request).key("records").begin_array();
  for (size_t i = 0; i < receipts.records.size(); ++i) {
    const RequestRecord& one = receipts.records[i];
    const std::string_view line = one.line;
    writer.begin_object().member("stream", std::string_view(one.stream));
    writer.member("seq", static_cast<int64_t>(one.seq));
    // The line ends with the hash, a quote and a brace.
    writer.member("h", line.substr(line.size() - 66, 64)).key("record").raw(line).key("proof");
    receipts.proofs[i].empty() ? writer.null() : writer.string(receipts.proofs[i]);
    writer.end_object();
  }
  return writer.end_array().end_object().take();
}

base::Result<std::string> prove_one(Archive& archive, const RequestRecord& record) {
  auto proof = archive.prove(record);
  // What is not covered yet, or not with an effort that one question is worth, has no proof.
  if (!proof &&
      (proof.error().code == base::Code::NotFound || proof.error().code == base::Code::TooLarge)) {
    return std::string();
  }
  return proof;
}

/// Those records of a request that `may_see` lets through, each with its proof.
base::Result<Receipts> find_receipts(Archive& archive, const std::string& request,
                                     const std::function<bool(std::string_view)>& may_see) {
  Receipts receipts;
  SRASTA_TRY_ASSIGN(receipts.records, archive.records_of(request));
  std::erase_if(receipts.records,
                [&](const RequestRecord& record) { return !may_see(record.line); });
  for (const RequestRecord& record : receipts.records) {
    SRASTA_TRY_ASSIGN(std::string proof, prove_one(archive, record));
    receipts.proofs.push_back(std::move(proof));
  }
  return receipts;
}

}  // namespace

void EvidenceCore::bind(service::RouteTable& table) {
  table.add(route::kRecords, [this](Request& request, const access::Caller& caller) {
    return answer_records(request, caller);
  });
  table.add(route::kStream, [this](Request& request, const access::Caller& caller) {
    return answer_stream(request, caller);
  });
  table.add(route::kReceipt, [this](Request& request, const access::Caller& caller) {
    return answer_receipt(request, caller);
  });
  table.add(route::kCheckpoint, [this](Request& request, const access::Caller& caller) {
    return answer_checkpoint(request, caller);
  });
}

net::Task<void> EvidenceCore::refuse_parameter(Request& request, const access::Caller& caller,
                                               std::string name) {
  co_await core_.journal.refused(request, &caller, Act::HttpReject, "parameter");
  co_await service::answer_error(request, ErrorCode::InvalidParameter, name);
}

net::Task<void> EvidenceCore::refuse_object(Request& request, const access::Caller& caller) {
  co_await core_.journal.refused(request, &caller, Act::AuthzDeny, "object");
  co_await service::answer_error(request, ErrorCode::NotFound);
}

net::Task<void> EvidenceCore::fail(Request& request, const access::Caller& caller,
                                   const Question& question, base::Error error) {
  if (error.code == base::Code::Cancelled) co_return;
  if (error.code == base::Code::Exhausted) {
    co_await core_.journal.refused(request, &caller, Act::HttpReject, "overloaded");
    co_await service::answer_error(request, ErrorCode::Overloaded);
    co_return;
  }
  const bool damaged = error.code == base::Code::Corrupt;
  core_.log.error("the audit log cannot be read", {{"rid", request.id.view()},
                                                   {"stream", std::string_view(question.stream)},
                                                   {"reason", std::string_view(error.message)}});
  const service::Journal::LogRead read{.outcome = Outcome::Error,
                                       .reason = damaged ? "damaged" : "unreadable",
                                       .stream = question.stream};
  (void)co_await core_.journal.log_read(request, caller, Act::AuditRead, read);
  co_await service::answer_error(
      request, damaged ? ErrorCode::EvidenceDamaged : ErrorCode::EvidenceUnavailable);
}

net::Task<void> EvidenceCore::answer_records(Request& request, const access::Caller& caller) {
  const auto question = parse_question(query_of(request), Takes::Page);
  if (!question) {
    co_await refuse_parameter(request, caller, question.error().name);
    co_return;
  }
  const auto tenant = sight_of(caller);
  const bool leaves = format_of(request, *question) != Format::Json;
  if (!tenant || (leaves && !caller.permissions().contains(access::Permission::AuditExport))) {
    co_await core_.journal.refused(request, &caller, Act::AuthzDeny,
                                   tenant ? "permission" : "no_tenant");
    co_await service::answer_error(request, ErrorCode::PermissionDenied);
    co_return;
  }
  std::optional<Cursor> cursor;
  if (!question->cursor.empty()) {
    cursor = decode_cursor(question->cursor, {archive_.install_id(), *question, *tenant});
    if (!cursor) {
      co_await refuse_parameter(request, caller, "cursor");
      co_return;
    }
  }
  std::function<base::Result<Page>()> look = [&archive = archive_, asked = *question, own = *tenant,
                                              cursor]() -> base::Result<Page> {
    SRASTA_TRY_ASSIGN(const uint64_t there, archive.end_of(asked.stream));
    const uint64_t end = cursor ? std::min(cursor->end, there) : there;
    const uint64_t from = cursor ? cursor->next : (asked.descending ? end : 0);
    SRASTA_TRY_ASSIGN(Hits hits, archive.search(asked.stream, {.query = asked.filters,
                                                               .tenant = own,
                                                               .from = from,
                                                               .end = end,
                                                               .descending = asked.descending,
                                                               .limit = asked.limit}));
    return Page{.hits = std::move(hits), .end = end};
  };
  auto page = co_await on_archive<Page>(archive_, request.exchange.scope(), std::move(look));
  if (page) {
    co_await answer_page(request, caller, *question, *tenant, *std::move(page));
  } else if (page.error().code == base::Code::NotFound) {
    co_await refuse_parameter(request, caller, "stream");
  } else {
    co_await fail(request, caller, *question, std::move(page).error());
  }
}

net::Task<void> EvidenceCore::answer_page(Request& request, const access::Caller& caller,
                                          const Question& question, const std::string& tenant,
                                          Page page) {
  const Format format = format_of(request, question);
  service::Journal::LogRead read = read_of(question, page.hits);
  if (format != Format::Json) read.durability = Durability::Must;
  const auto recorded = co_await core_.journal.log_read(
      request, caller, format == Format::Json ? Act::AuditRead : Act::AuditExport, read);
  if (!recorded) {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  const std::string next = page.hits.more ? encode_cursor({.next = page.hits.next, .end = page.end},
                                                          {archive_.install_id(), question, tenant})
                                          : std::string();
  std::string fields = fmt::format("{}{}Content-Type: {}\r\n", request.common_fields(), kNoStore,
                                   content_type_of(format));
  if (!next.empty()) fields += fmt::format("x-srasta-next-cursor: {}\r\n", next);
  if (format == Format::Csv) {
    fields += "Content-Disposition: attachment; filename=\"audit.csv\"\r\n";
  }
  const std::string body = format == Format::Csv     ? csv_page(page.hits)
                           : format == Format::Lines ? lines_page(page.hits)
                                                     : json_page(page.hits, next);
  (void)co_await request.exchange.respond(200, fields, body);
}

net::Task<void> EvidenceCore::answer_stream(Request& request, const access::Caller& caller) {
  const auto question = parse_question(query_of(request), Takes::Stream);
  if (!question) {
    co_await refuse_parameter(request, caller, question.error().name);
    co_return;
  }
  const auto tenant = sight_of(caller);
  if (!tenant) {
    co_await core_.journal.refused(request, &caller, Act::AuthzDeny, "no_tenant");
    co_await service::answer_error(request, ErrorCode::PermissionDenied);
    co_return;
  }
  const auto last = request.exchange.head().fields.find("last-event-id");
  const auto resumed = resume_point(last, question->stream);
  std::function<base::Result<uint64_t>()> count = [&archive = archive_, stream = question->stream] {
    return archive.end_of(stream);
  };
  auto end = co_await on_archive<uint64_t>(archive_, request.exchange.scope(), std::move(count));
  if (!end && end.error().code != base::Code::NotFound) {
    co_await fail(request, caller, *question, std::move(end).error());
    co_return;
  }
  // An id of something that is not there yet is of another log.
  if (!end || !resumed || resumed->value_or(0) > *end) {
    co_await refuse_parameter(request, caller, end ? "Last-Event-ID" : "stream");
    co_return;
  }
  const ListenerPlace place(listeners_);
  if (!place.taken()) {
    co_await core_.journal.refused(request, &caller, Act::LimitHit, "streams");
    co_await service::answer_error(request, ErrorCode::Overloaded);
    co_return;
  }
  const service::OpenAnswers::Entry open(open_, caller, access::Permission::AuditRead,
                                         request.exchange.scope());
  LiveStream stream({.request = request,
                     .caller = caller,
                     .journal = core_.journal,
                     .archive = archive_,
                     .open = open,
                     .question = *question,
                     .tenant = *tenant,
                     .from = resumed->value_or(*end)});
  co_await stream.run();
}

net::Task<void> EvidenceCore::answer_receipt(Request& request, const access::Caller& caller) {
  const std::string& id = request.path_parameter;
  if (!audit::Label::is_label(id) || id == audit::kNobody) {
    co_await refuse_object(request, caller);
    co_return;
  }
  const bool reads = caller.permissions().contains(access::Permission::AuditRead);
  // The search goes on when nobody waits for it any more, so it has a caller of its own.
  const auto asking = std::make_shared<const access::Caller>(caller);
  std::function<bool(std::string_view)> may_see =
      [asking, commitment = request.commitment,
       sight = reads ? sight_of(caller) : std::nullopt](std::string_view line) {
        if (is_own(line, *asking, commitment)) return true;
        return sight && (sight->empty() || audit::actor_of(line).tenant == *sight);
      };
  std::function<base::Result<Receipts>()> look = [&archive = archive_, id, may_see] {
    return find_receipts(archive, id, may_see);
  };
  auto receipts =
      co_await on_archive<Receipts>(archive_, request.exchange.scope(), std::move(look));
  if (!receipts) {
    co_await fail(request, caller, Question{}, std::move(receipts).error());
    co_return;
  }
  if (receipts->records.empty()) {
    co_await refuse_object(request, caller);
    co_return;
  }
  const auto proofs = static_cast<uint64_t>(std::ranges::count_if(
      receipts->proofs, [](const std::string& proof) { return !proof.empty(); }));
  const service::Journal::LogRead read{.records = receipts->records.size(), .proofs = proofs};
  const auto recorded = co_await core_.journal.log_read(request, caller, Act::AuditReceipt, read);
  if (!recorded) {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  const std::string body = receipts_json(id, *receipts);
  co_await service::answer_json(request, body);
}

net::Task<void> EvidenceCore::answer_checkpoint(Request& request, const access::Caller& caller) {
  const Question question{.stream = request.path_parameter};
  if (!is_stream_name(question.stream)) {
    co_await refuse_object(request, caller);
    co_return;
  }
  std::function<base::Result<std::string>()> look =
      [&archive = archive_, stream = question.stream] { return archive.checkpoint(stream); };
  auto note = co_await on_archive<std::string>(archive_, request.exchange.scope(), std::move(look));
  if (!note && note.error().code == base::Code::NotFound) {
    co_await refuse_object(request, caller);
    co_return;
  }
  if (!note) {
    co_await fail(request, caller, question, std::move(note).error());
    co_return;
  }
  const service::Journal::LogRead read{.stream = question.stream};
  const auto recorded =
      co_await core_.journal.log_read(request, caller, Act::AuditCheckpoint, read);
  if (!recorded) {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  const std::string body = *std::move(note);
  co_await service::answer_json(request, body, "text/plain; charset=utf-8");
}

}  // namespace srasta::evidence
