"""What the pages about callers show is what the platform accepts and says."""
import json
import re
import subprocess
import textwrap

from access_test import TENANTS, Governed
from client import ask
from harness import BIN, ENVIRONMENT, main, scratch
from patient_engine import PatientEngine
from records import ROOT

PAGES = ("access", "identity", "limits", "formats/access-snapshot")


def configurations(page):
    """The blocks of YAML, each made whole where it shows a part."""
    for block in re.findall(r"^ *```yaml\n(.*?)^ *```", (ROOT / f"docs/{page}.md").read_text(), re.M | re.S):
        block = textwrap.dedent(block)
        if block.startswith("- url:"):
            block = "identity:\n  issuers:\n" + textwrap.indent(block, "    ")
        if "personas: [coder]" in block:
            block += "  personas: { coder: {} }\n"
        yield block if block.startswith("tenants:") else "tenants: [acme]\n" + block


def every_configuration_shown_is_accepted():
    with scratch() as folder:
        for page in PAGES:
            found = list(configurations(page))
            assert found, page
            for text in found:
                file = folder / "shown.yaml"
                file.write_text(text)
                checked = subprocess.run([BIN / "srasta", "config", "check", file], capture_output=True, text=True,
                                         env=ENVIRONMENT)
                assert checked.returncode == 0, f"docs/{page}.md:\n{text}{checked.stderr}"


ACCESS = (ROOT / "docs/access.md").read_text()
USERS = (ROOT / "docs/users.md").read_text()
ADMINISTRATION = "/srasta/v1/admin/"


def table_of_roles():
    table = ACCESS[ACCESS.index("| permission |"):].split("\n\n", 1)[0].splitlines()
    head, _, *rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table]
    return head, rows


def the_table_of_roles_is_the_one_in_force():
    head, rows = table_of_roles()
    shown = {role: {row[0] for row in rows if row[column] == "x"} for column, role in enumerate(head)
             if role not in ("permission", "asked by")}
    with scratch() as folder:
        platform = Governed(folder, PatientEngine(), TENANTS)
        told = subprocess.check_output([BIN / "srasta", "access", "show", "--data", platform.data], text=True,
                                       env=ENVIRONMENT)
        in_force = {role: set(names.split()) for role, names in re.findall(r"^role (\w+):(.*);", told, re.M)}
        assert len(rows) == 37 and shown == in_force, (len(rows), shown, in_force)
        platform.stop()


def the_table_of_roles_names_the_routes_that_ask():
    shown = {row[0]: set(re.findall(r"/[\w/{}.-]+", row[-1])) for row in table_of_roles()[1]}
    with scratch() as folder:
        platform = Governed(folder, PatientEngine(), TENANTS + "tools: { policies: [none.yaml] }\n")
        asked = {permission: set() for permission in shown}
        for path, operations in ask(platform.port, "GET", "/openapi.json").json()["paths"].items():
            for operation in operations.values():
                # What users.md lists is compared below.
                if "x-srasta-permission" in operation and not path.startswith(ADMINISTRATION):
                    asked[operation["x-srasta-permission"]].add(path)
        assert {name: paths for name, paths in shown.items() if paths} == {
            name: paths for name, paths in asked.items() if paths}, (shown, asked)
        platform.stop()


def the_page_of_users_lists_every_route_of_administration():
    rows = re.findall(r"^\| `([A-Z]+) (/[^`]+)` \| `([\w.]+)`(?: or `([\w.]+)`)? \|$", USERS, re.M)
    with scratch() as folder:
        platform = Governed(folder, PatientEngine(), TENANTS)
        paths = ask(platform.port, "GET", "/openapi.json").json()["paths"]
        served = {(method.upper(), path, operation["x-srasta-permission"],
                   operation.get("x-srasta-permission-alternative", ""))
                  for path, operations in paths.items() if path.startswith(ADMINISTRATION)
                  for method, operation in operations.items()}
        assert set(rows) == served and len(rows) == len(served), set(rows) ^ served
        platform.stop()


def the_question_and_its_answer_are_those_shown():
    question = json.loads(re.search(r"access/explain .*\\\n  -d '(.*)'", ACCESS)[1])
    answer = json.loads(re.search(r"```json\n(.*)\n```", ACCESS)[1])
    with scratch() as folder:
        platform = Governed(folder, PatientEngine(), TENANTS)
        told = ask(platform.port, "POST", "/srasta/v1/access/explain", platform.token_of("u-audit", "auditor"), question)
        assert told.json() == {**answer, "revision": told.json()["revision"]}, told.body
        platform.stop()


if __name__ == "__main__":
    main(every_configuration_shown_is_accepted, the_table_of_roles_is_the_one_in_force,
         the_table_of_roles_names_the_routes_that_ask, the_page_of_users_lists_every_route_of_administration,
         the_question_and_its_answer_are_those_shown)
