#include "audit/bundle_readme.h"

#include <fmt/format.h>

namespace srasta::audit {

std::string bundle_readme(std::string_view stream) {
  return fmt::format(
      R"(Evidence from the audit log of a Srasta installation, stream {0}.

How to check it, without the installation and without a network:

    srasta audit check-bundle THIS_FILE --trust log.pub
    python3 audit_verify.py --bundle THIS_FILE --trust log.pub

audit_verify.py needs Python 3 and nothing else; it was written separately from the product.
log.pub is the log key as you got it from elsewhere, on the first day if possible. Without
--trust the key is the one in here: that shows that the parts belong together, not whose they are.

What is in it:

    records.jsonl           the records, a line each, byte for byte as they are in the log
    proofs/{0}/*.tlog-proof a proof for each record that it is in the log (C2SP tlog-proof)
    checkpoint              the signed state of the log that the proofs lead to (C2SP signed note)
    cosigned, cosigned.consistency
                            if they are there: an older state that witnesses have cosigned, and the
                            proof that the log only grew from there
    keys/                   the public keys of the log and of its days
    manifest.json           SHA-256 of every other file, which records were asked for, how many

One proof by itself: srasta audit check-proof FILE --trust log.pub

What it shows: each record was in the log, at its place, when the checkpoint was signed.
What it does not show: that no other record fits what was asked for (the filters in manifest.json
are signed by nobody), and that what a record says is true.
)",
      stream);
}

}  // namespace srasta::audit
