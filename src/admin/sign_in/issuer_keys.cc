#include "admin/sign_in/issuer_keys.h"

#include "crypto/signature.h"
#include "json/writer.h"
#include "storage/query.h"

namespace srasta::admin {
namespace {

std::string purpose_of(std::string_view key) {
  return std::string("issuer-key:").append(key);
}

struct Stored {
  std::string id;
  std::string sealed;
};

base::Result<std::optional<Stored>> newest(sql::Connection& database) {
  std::optional<Stored> found;
  SRASTA_TRY(each_row(database,
                      "SELECT id, private FROM issuer_key WHERE retired IS NULL "
                      "ORDER BY created DESC, id LIMIT 1",
                      {}, [&](const sql::Statement& row) -> base::Result<void> {
                        Stored one;
                        SRASTA_TRY_ASSIGN(one.id, text_at(row, 0));
                        SRASTA_TRY_ASSIGN(one.sealed, bytes_at(row, 1));
                        found = std::move(one);
                        return {};
                      }));
  return found;
}

}  // namespace

base::Result<std::vector<std::string>> published_keys(sql::Connection& database) {
  return texts_in(database, "SELECT jwk FROM issuer_key ORDER BY created DESC, id");
}

base::Result<bool> wants_new_key(sql::Connection& database, int64_t now) {
  SRASTA_TRY_ASSIGN(
      const int64_t good,
      number_of(database, "SELECT count(*) FROM issuer_key WHERE retired IS NULL AND created > ?",
                {now - kIssuerKeySeconds}));
  return good == 0;
}

base::Result<NewIssuerKey> make_issuer_key(const crypto::SecretBox& box, base::Entropy& entropy) {
  SRASTA_TRY_ASSIGN(auto key, crypto::PrivateKey::generate(crypto::KeyType::EcP256));
  const base::Secret pem = key.to_pem();
  SRASTA_TRY_ASSIGN(const auto issuer, identity::Issuer::create({}, std::move(key)));
  return NewIssuerKey{.id = issuer.key_id(),
                      .jwk = issuer.jwk(),
                      .sealed = box.seal(pem.expose(), purpose_of(issuer.key_id()), entropy)};
}

base::Result<void> store_issuer_key(sql::Connection& database, const NewIssuerKey& key,
                                    int64_t now) {
  SRASTA_TRY(
      run(database, "DELETE FROM issuer_key WHERE retired <= ?", {now - kRetiredKeySeconds}));
  SRASTA_TRY(run(database, "UPDATE issuer_key SET retired = ? WHERE retired IS NULL", {now}));
  return run(database, "INSERT INTO issuer_key (id, jwk, private, created) VALUES (?, ?, ?, ?)",
             {std::string_view(key.id), std::string_view(key.jwk),
              std::as_bytes(std::span(key.sealed)), now});
}

Answered<std::string> rotate_issuer_key(const Desk& desk, service::Journal::Change& change,
                                        const NewIssuerKey& key) {
  change.object = key.id;
  SRASTA_STORE(store_issuer_key(desk.database, key, desk.now));
  json::Writer writer;
  return writer.begin_object().member("key", std::string_view(key.id)).end_object().take();
}

base::Result<identity::Issuer> signing_issuer(sql::Connection& database,
                                              const crypto::SecretBox& box, std::string url) {
  SRASTA_TRY_ASSIGN(const auto stored, newest(database));
  if (!stored) return base::make_error(base::Code::NotFound, "no key signs tokens yet");
  SRASTA_TRY_ASSIGN(const base::Secret pem, box.open(stored->sealed, purpose_of(stored->id)));
  SRASTA_TRY_ASSIGN(auto key, crypto::PrivateKey::from_pem(pem));
  return identity::Issuer::create(std::move(url), std::move(key));
}

}  // namespace srasta::admin
