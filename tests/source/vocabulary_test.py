"""The checks of the tables of acts, reasons and codes must name each planted defect, with its place."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/service"))
import records  # noqa: E402

ROW_OF_ACT = "zoo.look\tshould\tok\t-\tgateway\tSomething was read.\n"


class Tree(unittest.TestCase):
    """Every test changes a copy of what the checks read."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="srasta-vocabulary-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("governance", "src"):
            shutil.copytree(ROOT / name, self.root / name)
        (self.root / "docs").mkdir()
        for page in ("audit-events.md", "errors.md"):
            shutil.copy(ROOT / "docs" / page, self.root / "docs" / page)

    def replace(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new, 1))
        return text[:text.index(old)].count("\n") + 1

    def append(self, name, text):
        path = self.root / name
        path.write_text(path.read_text() + text)
        return path.read_text().count("\n")

    def script(self, name, *options):
        run = subprocess.run([sys.executable, ROOT / "scripts" / name, *options], capture_output=True, text=True)
        return run.returncode, run.stdout + run.stderr

    def generate(self, *options):
        return self.script("generate_vocabulary.py", "--root", str(self.root), *options)

    def check(self):
        return self.script("check_vocabulary.py", str(self.root))


class Tables(Tree):
    def refused(self, name, line, what):
        for status, output in (self.generate("--tables", str(self.root / "out")), self.check()):
            self.assertEqual(status, 1, output)
            self.assertIn(f"governance/{name}:{line}: ", output)
            self.assertRegex(output, what)
        self.assertFalse((self.root / "out").exists())

    def refused_row(self, name, row, what):
        path = self.root / "governance" / name
        before = path.read_text()
        try:
            self.refused(name, self.append(f"governance/{name}", row), what)
        finally:
            path.write_text(before)

    def test_are_accepted_as_they_are(self):
        self.assertEqual(self.generate("--tables", str(self.root / "out"))[0], 0)
        self.assertEqual(self.check()[0], 0)

    def test_unknown_column(self):
        line = self.replace("governance/acts.tsv", "act\tclass\t", "act\tgrade\t")
        self.refused("acts.tsv", line, "the columns are")

    def test_row_with_too_few_cells(self):
        self.refused_row("codes.tsv", "teapot\t418\n", "5 cells expected, got 2")

    def test_empty_cell(self):
        self.refused_row("codes.tsv", "teapot\t418\t-\tI am a teapot.\t\n", "a cell is empty")

    def test_duplicate_name(self):
        self.refused_row("codes.tsv", "draining\t503\t-\tEnding.\t-\n", r"draining is already in governance/codes.tsv:\d+")

    def test_two_names_of_one_enumerator(self):
        self.refused_row("reasons.tsv", "none\t-\tNothing.\n", "already")

    def test_malformed_names(self):
        for name, row in (("acts.tsv", ROW_OF_ACT.replace("zoo.look", "zoo.Look")),
                          ("acts.tsv", ROW_OF_ACT.replace("zoo.look", "zoo")),
                          ("codes.tsv", "tea__pot\t418\t-\tI am a teapot.\t-\n"),
                          ("reasons.tsv", "Zzebra\t-\tA zzebra.\n")):
            with self.subTest(row=row):
                self.refused_row(name, row, "(an act|a code|a reason) is ")

    def test_unsorted_reason(self):
        self.refused_row("reasons.tsv", "aaa\t-\tThe first one.\n", "aaa belongs before")

    def test_act_away_from_its_noun(self):
        self.refused_row("acts.tsv", ROW_OF_ACT.replace("zoo.look", "auth.late"), "the rows of auth stand together")

    def test_cells_that_are_not_in_their_list(self):
        for old, new, what in (("\tshould\t", "\tmight\t", "class is one of"),
                               ("\tok\t", "\tfine\t", "an outcome is one of"),
                               ("\tok\t", "\tok deny\t", "outcomes must be in the order deny ok"),
                               ("\t-\tg", "\tname:text\tg", "data is name:kind"),
                               ("\t-\tg", "\tb:flag a:flag\tg", "data must be in the order a b"),
                               ("\t-\tg", "\ta:flag a:word\tg", "data is name:kind with different names"),
                               ("\t-\tg", "\ta:flag  b:flag\tg", "one space between"),
                               ("gateway", "nowhere", "there is no folder src/nowhere"),
                               ("gateway", "-", "an act has an area"),
                               ("read.", "read", "meaning is a sentence"),
                               ("read.", 'read "it".', "meaning is a sentence")):
            with self.subTest(new=new):
                self.refused_row("acts.tsv", ROW_OF_ACT.replace(old, new), what)

    def test_code_of_an_unknown_act(self):
        self.refused_row("codes.tsv", "teapot\t418\ttea.pot\tI am a teapot.\t-\n", "tea.pot is not in governance/acts.tsv")

    def test_code_of_an_act_that_no_refusal_has(self):
        self.refused_row("codes.tsv", "teapot\t418\tauth.ok\tI am a teapot.\t-\n", "neither the outcome deny nor error")

    def test_status_that_is_no_error(self):
        self.refused_row("codes.tsv", "teapot\t200\t-\tI am a teapot.\t-\n", "status is 400 to 599")


class Lists(Tree):
    def test_new_rows_are_all_that_a_new_name_needs(self):
        self.append("governance/acts.tsv", ROW_OF_ACT)
        self.append("governance/codes.tsv", "teapot\t418\tauthz.deny\tI am a teapot.\tBrew coffee elsewhere.\n")
        self.append("governance/reasons.tsv", "zz_2go\t-\tTaken away.\n")
        self.assertEqual(self.generate("--tables", str(self.root / "out"))[0], 0)
        expected = {"act_enumerators.inc": "ZooLook,", "act_names.inc": '"zoo.look",',
                    "code_enumerators.inc": "Teapot,",
                    "code_facts.inc": '{"teapot", 418, "I am a teapot.", "Brew coffee elsewhere.", '
                                      "audit::Act::AuthzDeny},",
                    "reason_enumerators.inc": "Zz2go,", "reason_names.inc": '"zz_2go",'}
        for name, line in expected.items():
            self.assertEqual((self.root / "out" / name).read_text().splitlines()[-1], line)

    def test_a_changed_sentence_touches_no_other_list(self):
        out = self.root / "out"
        self.generate("--tables", str(out))
        before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
        self.replace("governance/codes.tsv", "There is nothing here.", "Nothing is here.")
        self.generate("--tables", str(out))
        touched = {path.name for path in out.iterdir() if path.stat().st_mtime_ns != before[path.name]}
        self.assertEqual(touched, {"code_facts.inc"})

    def test_a_stale_page_is_found(self):
        self.assertEqual(self.generate("--check")[0], 0)
        self.replace("governance/codes.tsv", "There is nothing here.", "Nothing is here.")
        status, output = self.generate("--check")
        self.assertEqual(status, 1)
        self.assertIn("docs/errors.md", output)
        self.assertNotIn("docs/audit-events.md", output)
        self.assertEqual(self.generate("--docs")[0], 0)
        self.assertEqual(self.generate("--check")[0], 0)


class Producers(Tree):
    def found(self, what):
        status, output = self.check()
        self.assertEqual(status, 1, output)
        self.assertRegex(output, what)

    def test_act_without_producer(self):
        line = self.append("governance/acts.tsv", ROW_OF_ACT)
        self.found(f"governance/acts.tsv:{line}: nothing in src/gateway produces zoo.look")

    def test_act_that_another_folder_names_too(self):
        self.append("src/access/role.cc", "// Act::LogOpen is only mentioned\nauto act = audit::Act::AuthOk;\n")
        self.found("src/access names auth.ok, but")
        self.assertNotIn("log.open", self.check()[1])

    def test_code_that_nothing_answers(self):
        line = self.append("governance/codes.tsv", "teapot\t418\t-\tI am a teapot.\t-\n")
        self.found(f"governance/codes.tsv:{line}: nothing answers teapot")

    def test_reason_that_nothing_gives(self):
        line = self.append("governance/reasons.tsv", "zzebra\tgateway\tA zzebra.\n")
        self.found(f"governance/reasons.tsv:{line}: nothing in src/gateway gives the reason zzebra")

    def test_member_that_no_row_has(self):
        self.replace("src/service/journal.cc", 'add("token"', 'add("credential"')
        self.found("src/service/journal.cc: no act .* has a member credential")

    def test_member_of_another_act(self):
        self.replace("src/service/journal.cc", 'add("reachable"', 'add("stream"')
        self.found(r"governance/acts.tsv:\d+: src/service/journal.cc adds stream to upstream.state")

    def test_member_that_nothing_adds(self):
        self.replace("governance/acts.tsv", "reachable:flag upstream", "reachable:flag since:time upstream")
        self.found(r"governance/acts.tsv:\d+: nothing adds since")


class Records(unittest.TestCase):
    GOOD = {"act": "auth.fail", "cls": "should", "out": "deny", "data": {"reason": "exp", "route": "/v1/models"}}

    def found(self, what, **changes):
        self.assertTrue(any(re.search(what, problem) for problem in records.problems_of({**self.GOOD, **changes})))

    def test_that_are_as_their_row_says(self):
        self.assertEqual(records.problems_of(self.GOOD), [])

    def test_that_differ_from_it(self):
        self.found("is not in governance/acts.tsv", act="auth.guess")
        self.found("has the class must", cls="must")
        self.found("has the outcome ok", out="ok")
        self.found("token 'a', which is no member", data={"token": "a"})
        self.found("which is no reason", data={"reason": "because"})
        self.found("which is no reason", data={"reason": "unlisted"})
        self.found("which is no label", data={"route": "two words"})
        self.found("which is no label", data={"route": 7})


if __name__ == "__main__":
    unittest.main()
