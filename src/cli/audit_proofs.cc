#include "cli/audit_proofs.h"

#include "audit/install_id.h"
#include "audit/ledger_completeness.h"
#include "audit/proofs.h"
#include "audit/stored_line.h"
#include "audit/verifier.h"
#include "base/encoding.h"
#include "base/file.h"
#include "cli/exit_code.h"
#include "tlog/note.h"

#include <cstdio>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

int exit_code_of(const base::Error& error) {
  print_error(error);
  switch (error.code) {
    case base::Code::NotFound:
      return kNotYet;
    case base::Code::Invalid:
    case base::Code::Corrupt:
      return kNegative;
    default:
      return kUnreadable;
  }
}

int wrong_input(const std::string& message) {
  print_error(base::make_error(base::Code::Invalid, message));
  return kWrongInput;
}

/// The stream of the command line, for proofs.
base::Result<audit::ProvingStream> open_stream(base::FileSystem& files, const AuditSource& source) {
  const std::string folder = source.data_folder + "/audit";
  SRASTA_TRY_ASSIGN(const std::string id, audit::read_install_id(files, folder));
  return audit::ProvingStream{.files = &files,
                              .folder = folder + "/" + source.stream(),
                              .origin = id + "/" + source.stream()};
}

/// The key to trust: that of `path`, else the folder's own.
base::Result<tlog::VerifierKey> log_key(base::FileSystem& files, const AuditSource& source,
                                        const std::string& path) {
  const std::string from = path.empty() ? source.data_folder + "/audit/keys/log.pub" : path;
  SRASTA_TRY_ASSIGN(const std::string text, base::read_file(files, from, tlog::kMostNoteBytes));
  SRASTA_TRY_ASSIGN(const auto keys, audit::parse_trusted_keys(text));
  if (keys.size() == 1) return keys.front();
  return base::make_error(base::Code::Invalid, from + ": one key is wanted");
}

base::Result<tlog::Checkpoint> checkpoint_file(base::FileSystem& files, const std::string& path) {
  SRASTA_TRY_ASSIGN(const std::string bytes, base::read_file(files, path, tlog::kMostNoteBytes));
  SRASTA_TRY_ASSIGN(const tlog::Note note, tlog::parse_note(bytes));
  return tlog::parse_checkpoint(note.text);
}

int write_text(base::FileSystem& files, const std::string& path, const std::string& text) {
  if (path.empty()) {
    fmt::print("{}", text);
    return kOk;
  }
  const auto written = base::write_file_atomic(files, path, text);
  return written ? kOk : exit_code_of(written.error());
}

int prove(const AuditSource& source, uint64_t seq, const std::string& out) {
  base::PosixFileSystem files;
  const auto stream = open_stream(files, source);
  if (!stream) return exit_code_of(stream.error());
  const auto proof = audit::prove_record(*stream, seq);
  if (!proof) return exit_code_of(proof.error());
  const auto text = tlog::write_proof_text(*proof);
  return text ? write_text(files, out, *text) : exit_code_of(text.error());
}

int check_proof(const AuditSource& source, const std::string& path, const std::string& trust) {
  base::PosixFileSystem files;
  const auto key = log_key(files, source, trust);
  if (!key) return wrong_input(key.error().message);
  const auto text = base::read_file(files, path, tlog::kMostProofTextBytes);
  if (!text) return wrong_input(path + ": " + text.error().message);
  const auto proven = audit::check_proof(*text, *key);
  if (!proven) return exit_code_of(proven.error());
  fmt::print("OK record {} of {} is in the log of {} records\n{}\n", proven->seq,
             proven->checkpoint.origin, proven->checkpoint.size, proven->line);
  return kOk;
}

struct Receipt {
  std::string stream;
  uint64_t seq = 0;
  std::string hash;  ///< the first 32 hexadecimal digits
};

std::optional<Receipt> parse_receipt(std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = text.find(':', first == text.npos ? first : first + 1);
  if (second == text.npos) return std::nullopt;
  const auto seq = base::parse_u64(text.substr(first + 1, second - first - 1));
  const std::string_view hash = text.substr(second + 1);
  if (!seq || hash.size() != 32 || !base::from_hex(hash)) return std::nullopt;
  return Receipt{std::string(text.substr(0, first)), *seq, std::string(hash)};
}

int check_receipt(AuditSource source, const std::string& text) {
  const auto receipt = parse_receipt(text);
  if (!receipt) return wrong_input("a receipt is STREAM:SEQ:HASH, the value of X-Srasta-Audit");
  source.named_stream = receipt->stream;
  base::PosixFileSystem files;
  const auto stream = open_stream(files, source);
  if (!stream) return exit_code_of(stream.error());
  const auto line = audit::read_record_line(*stream, receipt->seq);
  if (!line) return exit_code_of(line.error());
  const auto record = audit::parse_stored_record(*line);
  if (!record || base::to_hex(crypto::bytes_of(record->leaf)).substr(0, 32) != receipt->hash) {
    fmt::print("NO record {} of {} is another one than the receipt is for\n", receipt->seq,
               receipt->stream);
    return kNegative;
  }
  const auto proof = audit::prove_record(*stream, receipt->seq);
  if (!proof) return exit_code_of(proof.error());
  fmt::print("OK record {} of {} is in the log, and in its checkpoint of {} records\n{}\n",
             receipt->seq, receipt->stream, proof->checkpoint.size, *line);
  return kOk;
}

int consistency(const AuditSource& source, const std::string& older, const std::string& newer) {
  base::PosixFileSystem files;
  const auto a = checkpoint_file(files, older);
  if (!a) return wrong_input(older + ": " + a.error().message);
  const auto b = checkpoint_file(files, newer);
  if (!b) return wrong_input(newer + ": " + b.error().message);
  const auto stream = open_stream(files, source);
  if (!stream) return exit_code_of(stream.error());
  if (a->origin != stream->origin || b->origin != stream->origin) {
    return wrong_input("both must be checkpoints of " + stream->origin);
  }
  const auto proof = audit::prove_consistency(*stream, *a, *b);
  if (!proof) return exit_code_of(proof.error());
  for (const crypto::Digest& hash : *proof) {
    fmt::print("{}\n", base::to_hex(crypto::bytes_of(hash)));
  }
  fmt::print("OK the log of {} records begins with that of {}\n", b->size, a->size);
  return kOk;
}

int complete(const AuditSource& source) {
  base::PosixFileSystem files;
  const auto found =
      audit::check_completeness(files, source.data_folder + "/audit", source.named_stream);
  if (!found) {
    print_error(found.error());
    return kUnreadable;
  }
  fmt::print("{}", found->text());
  return found->complete() ? kOk : kNegative;
}

int fsck(const AuditSource& source, bool rebuild) {
  base::PosixFileSystem files;
  const auto stream = open_stream(files, source);
  if (!stream) return exit_code_of(stream.error());
  std::unique_ptr<base::File> lock;
  if (rebuild) {
    auto file = files.open(source.data_folder + "/run/up.lock", base::OpenMode::ReadWrite);
    if (!file) return exit_code_of(file.error());
    lock = *std::move(file);
    if (!lock->lock()) {
      return wrong_input("`srasta up` runs on this folder and writes tiles; stop it first");
    }
  }
  const auto outcome = rebuild ? audit::rebuild_tiles(*stream) : audit::check_tiles(*stream);
  if (!outcome) return exit_code_of(outcome.error());
  fmt::print("OK the tiles of {} {}\n", source.stream(),
             rebuild ? "were made from its records" : "are those of its records");
  return kOk;
}

}  // namespace

void add_audit_proofs(Command audit, const AuditSource& source) {
  struct Options {
    uint64_t seq = 0;
    std::string out;
    std::string file;
    std::string trust;
    std::string receipt;
    std::string older;
    std::string newer;
    bool rebuild = false;
  };
  Options& options = audit.keep(Options());

  const Command proving = audit.add_subcommand("prove", "Prove that a record is in the log");
  proving.add_option("--seq", options.seq, "number of the record", {.required = true});
  proving.add_option("--out", options.out, "file for the proof (default: standard output)");
  proving.set_action([&source, &options] { return prove(source, options.seq, options.out); });

  const Command checking =
      audit.add_subcommand("check-proof", "Check a proof without the log, and show its record");
  checking.add_option("FILE", options.file, "what `prove` wrote", {.required = true});
  checking.add_option("--trust", options.trust, "file with the log key, as you know it");
  checking.set_action(
      [&source, &options] { return check_proof(source, options.file, options.trust); });

  const Command receipt =
      audit.add_subcommand("check-receipt", "Look for the record that a receipt is for");
  receipt.add_option("RECEIPT", options.receipt, "value of X-Srasta-Audit", {.required = true});
  receipt.set_action([&source, &options] { return check_receipt(source, options.receipt); });

  const Command growth = audit.add_subcommand(
      "consistency", "Prove that the log of a checkpoint is the beginning of a newer one");
  growth.add_option("OLDER", options.older, "file of a checkpoint", {.required = true});
  growth.add_option("NEWER", options.newer, "file of a checkpoint", {.required = true});
  growth.set_action(
      [&source, &options] { return consistency(source, options.older, options.newer); });

  const Command completing = audit.add_subcommand(
      "complete", "Whether everything that began has an end: in any stream, or in --stream");
  completing.set_action([&source] { return complete(source); });

  const Command tiles = audit.add_subcommand("fsck", "Compare the tiles with the records");
  tiles.add_flag("--rebuild-tiles", options.rebuild, "make them again");
  tiles.set_action([&source, &options] { return fsck(source, options.rebuild); });
}

}  // namespace srasta::cli
