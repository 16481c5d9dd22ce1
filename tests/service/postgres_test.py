"""PostgreSQL behind the contract of databases: the same tests as with SQLite, and those of users, keys, licenses and revisions
of the configuration, against a server of its own."""
import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess

from harness import BIN, ENVIRONMENT, main, scratch

SERVER = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))


class Cluster:
    """On a Unix socket in its folder only. The server refuses to run as root."""

    def __init__(self, folder):
        self.folder = folder
        self.account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.account:
            os.chmod(folder, 0o755)
            self.home = folder / "cluster"
            self.home.mkdir()
            shutil.chown(self.home, self.account.pw_uid, self.account.pw_gid)
        else:
            self.home = folder / "cluster"
            self.home.mkdir()
        self.run("initdb", "--auth=trust", "--username=srasta", "--no-sync", "--encoding=UTF8", "--locale=C", self.home / "data")
        self.run("pg_ctl", "start", "--wait", "--pgdata", self.home / "data", "--log", self.home / "log",
                 "--options", f"-c listen_addresses='' -c unix_socket_directories='{self.home}' -c fsync=off")

    def run(self, program, *words):
        identity = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []} if self.account else {}
        subprocess.run([SERVER / program, *words], check=True, stdout=subprocess.DEVNULL, cwd=self.home, **identity)

    def stop(self):
        self.run("pg_ctl", "stop", "--wait", "--mode", "immediate", "--pgdata", self.home / "data")


def the_contract_holds():
    with scratch() as folder, contextlib.ExitStack() as ends:
        cluster = Cluster(folder)
        ends.callback(cluster.stop)
        conninfo = f"host={cluster.home} user=srasta dbname=postgres"
        ran = subprocess.run([BIN / "postgres_contract", conninfo, "--gtest_brief=1"], capture_output=True, text=True, env=ENVIRONMENT)
        assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]


main(the_contract_holds)
