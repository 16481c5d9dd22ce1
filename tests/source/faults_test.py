"""The check of the fault table finds what is planted. usage: faults_test.py BUILD_FOLDER"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parents[2] / "scripts/check_faults.py"
HEADER = "fault\tinjected by\toracle\ttests\n"


class FaultTable(unittest.TestCase):
    def check(self, rows):
        with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
            table.write(rows)
            table.flush()
            done = subprocess.run([CHECK, BUILD, table.name], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def test_accepts_each_form_of_a_test_that_exists(self):
        tests = ["audit/Label.IsKeptWhenItIsOne", "audit/SignedLedger.GetsItsVerdictInEveryCase#never_signed",
                 "audit/ByFile/TamperedLedger.IsPoisonedWhileItRuns", "client/canary: in no log line",
                 "service/audit_tamper: chmod_of_a_segment_changes_nothing"]
        self.assertEqual(self.check(HEADER + "a\tb\tc\t" + "; ".join(tests) + "\n"),
                         (0, "faults: every named test exists\n"))

    def test_finds_each_that_does_not(self):
        for test in ("audit/Label.IsKeptWhenItIs", "audit/SignedLedger.GetsItsVerdictInEveryCase#never_sign",
                     "audit/SignedLedger.GetsItsVerdictInEveryCase#", "client/canary: in no log", "client/nobody: x",
                     "service/audit_tamper: is_refused", "service/audit_tamper: chmod", "service/nobody: main", "audit"):
            with self.subTest(test=test):
                status, said = self.check(f"{HEADER}a\tb\tc\t{test}\n")
                self.assertEqual((status, said), (1, f"a: no test is called {test}\n"))

    def test_finds_rows_that_are_none(self):
        self.assertIn("not 4 cells", self.check(HEADER + "a\tb\tc\n")[1])
        self.assertIn("stands twice", self.check(HEADER + 2 * "a\tb\tc\tclient/canary: in no log line\n")[1])
        self.assertIn("the columns are not", self.check("a\tb\n")[1])


if __name__ == "__main__":
    BUILD = sys.argv.pop()
    unittest.main()
