#!/usr/bin/python3
"""An inference server as a program: started with the arguments of llama-server, it answers like one and shows, at
/report, what it was started with. It asks for the key of LLAMA_API_KEY. `--ends STATUS` ends at once; `--child` leaves a process behind that outlives it;
a request with `stream` is answered with WORDS events, a twentieth of a second apart."""
import http.server
import json
import os
import pathlib
import subprocess
import sys
import time

WORDS = 30


def option(name):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None


def open_descriptors():
    """Without the one that lists them."""
    numbers = []
    for number in os.listdir("/proc/self/fd"):
        try:
            os.fstat(int(number))
            numbers.append(int(number))
        except OSError:
            pass
    return sorted(numbers)


def status_field(name):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return line.split()[1]
    raise KeyError(name)


REPORT = {
    "pid": os.getpid(), "uid": os.getuid(), "gid": os.getgid(), "groups": os.getgroups(), "cwd": os.getcwd(),
    "environment": dict(os.environ), "descriptors": open_descriptors(), "arguments": sys.argv[1:],
    "own_group": os.getpgid(0) == os.getpid(), "no_new_privileges": status_field("NoNewPrivs"),
    "umask": status_field("Umask"), "capabilities": status_field("CapEff"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(REPORT if self.path == "/report" else
                    {"object": "list", "data": [{"id": "own-model", "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.headers["authorization"] != f"Bearer {os.environ['LLAMA_API_KEY']}":
            self.send_error(401)
        elif body.get("stream"):
            self.stream()
        else:
            self.answer({"choices": [{"message": {"role": "assistant", "content": str(os.getpid())}}],
                         "usage": {"prompt_tokens": 3, "completion_tokens": 5}})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number in range(WORDS):
            event = {"choices": [{"index": 0, "delta": {"content": f"w{number}"}}]}
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            self.wfile.flush()
            time.sleep(0.05)
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    print("the engine says hello", flush=True)
    print("and complains \x1b[2J", file=sys.stderr, flush=True)
    if option("--ends"):
        sys.exit(int(option("--ends")))
    if "--child" in sys.argv:
        REPORT["child"] = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True).pid
    http.server.ThreadingHTTPServer((option("--host"), int(option("--port"))), Handler).serve_forever()
