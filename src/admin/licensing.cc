#include "admin/licensing.h"

#include "identity/license_file.h"
#include "json/writer.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

using access::LicenseClock;
using access::Posture;
using service::ErrorCode;
using service::Journal;

constexpr int64_t kNotedEvery = 60;

base::Result<LicenseClock> clock_in(sql::Connection& database) {
  SRASTA_TRY_ASSIGN(const int64_t latest, number_of(database, "SELECT latest FROM license_clock"));
  return LicenseClock{.latest = latest};
}

base::Result<std::optional<std::string>> installed_text(sql::Connection& database) {
  SRASTA_TRY_ASSIGN(auto texts, texts_in(database, "SELECT text FROM license"));
  return texts.empty() ? std::optional<std::string>() : std::optional(std::move(texts.front()));
}

void write_moment(json::Writer& writer, std::string_view member, std::optional<int64_t> value) {
  writer.key(member);
  value ? writer.integer(*value) : writer.null();
}

}  // namespace

base::Result<LicenseState> license_state(sql::Connection& database, const Licensing& licensing,
                                         int64_t wall, int64_t uptime) {
  LicenseState state;
  SRASTA_TRY_ASSIGN(const LicenseClock clock, clock_in(database));
  state.clock = clock.read(wall, uptime);
  SRASTA_TRY_ASSIGN(const auto text, installed_text(database));
  if (!text) {
    state.posture = Posture::Community;
    return state;
  }
  auto license = identity::read_license(*text, licensing.keys, licensing.install, state.clock.now);
  if (!license) {
    state.problem = license.error();
    return state;
  }
  state.license = *std::move(license);
  state.posture = access::posture_of(state.license, state.clock.now);
  return state;
}

base::Result<void> note_time(sql::Connection& database, const LicenseClock::Reading& clock) {
  if (clock.suspect) return {};
  return run(database, "UPDATE license_clock SET latest = ? WHERE latest + ? <= ?",
             {clock.now, kNotedEvery, clock.now});
}

std::string license_json(const LicenseState& state) {
  json::Writer writer;
  writer.begin_object().member("posture", to_string(state.posture));
  const access::License* const license = state.license ? &*state.license : nullptr;
  writer.member("edition", license != nullptr ? std::string_view(license->edition) : "community");
  writer.key("id");
  license != nullptr ? writer.string(license->id) : writer.null();
  writer.key("customer");
  license != nullptr ? writer.string(license->customer) : writer.null();
  write_moment(writer, "not_before",
               license != nullptr ? std::optional(license->not_before) : std::nullopt);
  write_moment(writer, "expires",
               license != nullptr ? std::optional(license->expires) : std::nullopt);
  write_moment(writer, "seats", license != nullptr ? license->seats : std::nullopt);
  writer.key("problem");
  state.problem.empty() ? writer.null() : writer.string(state.problem);
  writer.member("time", state.clock.now).member("clock_suspect", state.clock.suspect);
  return writer.end_object().take();
}

Answered<std::string> install_license(const Desk& desk, Journal::Change& change,
                                      const Licensing& licensing, const std::string& text) {
  SRASTA_STORE_ASSIGN(const LicenseClock clock, clock_in(desk.database));
  const int64_t now = clock.read(desk.now, 0).now;
  auto license = identity::read_license(text, licensing.keys, licensing.install, now);
  if (!license) {
    return std::unexpected(Refusal{.code = ErrorCode::LicenseInvalid,
                                   .reason = license.error(),
                                   .param = std::string(license.error())});
  }
  change.object = license->id;
  change.after = license->edition;
  SRASTA_STORE(
      run(desk.database,
          "INSERT INTO license VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET text = excluded.text",
          {std::string_view(text)}));
  LicenseState state{.clock = {.now = now, .suspect = false}};
  state.posture = access::posture_of(*license, now);
  state.license = *std::move(license);
  return license_json(state);
}

Answered<std::string> remove_license(const Desk& desk, Journal::Change& change) {
  change.after = "community";
  SRASTA_STORE(run(desk.database, "DELETE FROM license"));
  if (desk.database.changes() == 0) return std::unexpected(not_found());
  return std::string(R"({"deleted":true})");
}

Answered<std::string> accept_clock(const Desk& desk, Journal::Change& change) {
  change.object = "clock";
  SRASTA_STORE(run(desk.database, "UPDATE license_clock SET latest = ? WHERE latest < ?",
                   {desk.now, desk.now}));
  return std::string(R"({"accepted":true})");
}

}  // namespace srasta::admin
