"""Runs every producer of the journal; each record must be as governance/acts.tsv says, and each member that a row has
must be in a record of its act. usage: journal_records_test.py PROGRAM"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/service"))
from records import ACTS, problems_of, stored_records  # noqa: E402

PRODUCED = {"access.change", "approval.decide", "approval.request", "auth.fail", "auth.flood", "auth.fwd.reject", "auth.keys.fail", "auth.keys.refresh",
            "auth.ok", "auth.privileged", "authz.deny", "config.change.intent",
            "config.change.outcome", "http.forward", "http.reject", "http.strip", "inference.abort", "inference.complete",
            "inference.egress", "inference.error", "inference.list", "inference.request", "key.rotate", "license.state", "limit.hit", "log.close",
            "log.genesis", "login.fail", "login.ok", "platform.drain", "policy.load", "session.close", "token.issue", "token.revoke",
            "tool.change", "tool.read", "tool.run",
            "upstream.state", "user.create", "user.password"}
# The platform itself is not refused.
NEVER_DENIED = {"key.rotate"}
# Only a start of the ledger itself says that nobody saw an end.
OF_THE_LEDGER = {"begun_seq", "unknown"}


class JournalRecords(unittest.TestCase):
    def test_are_as_the_table_of_acts_says(self):
        with tempfile.TemporaryDirectory(prefix="srasta-journal-") as folder:
            subprocess.run([PROGRAM, folder + "/audit"], check=True, timeout=60)
            found = list(stored_records(folder))
        self.assertEqual([problem for record in found for problem in problems_of(record)], [])
        self.assertEqual({record["act"] for record in found}, PRODUCED)
        for act in PRODUCED:
            with self.subTest(act=act):
                records = [record for record in found if record["act"] == act]
                of_the_ledger = OF_THE_LEDGER | {"reason"} if act.endswith(".outcome") else OF_THE_LEDGER
                self.assertEqual(set().union(*(record["data"] for record in records)), ACTS[act].members.keys() - of_the_ledger)
                self.assertEqual({record["out"] for record in records}, set(ACTS[act].outs) - OF_THE_LEDGER - ({"deny"} if act in NEVER_DENIED else set()))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop()
    unittest.main()
