"""A client of the gateway: plain requests with their header fields, and streams read as they come."""
import http.client
import json
import threading
import time


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.code = self.fields.get("x-srasta-error")
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


def ask(port, method, path, token=None, body=None, fields=()):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = dict(fields)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(body)
    try:
        connection.request(method, path, body, headers)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def chat(port, token, model="general", fields=(), **members):
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **members}
    return ask(port, "POST", "/v1/chat/completions", token, body, fields)


class Stream:
    """One streamed answer, read by a thread of its own. `ended` is when its last byte came."""

    def __init__(self, port, token, model="general", **members):
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "stream": True, **members}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("POST", "/v1/chat/completions", json.dumps(body),
                                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        response = self.connection.getresponse()
        self.status, self.code = response.status, response.getheader("x-srasta-error")
        self.fields = {name.lower(): value for name, value in response.getheaders()}
        self.data, self.ended = b"", None
        self.reader = threading.Thread(target=self.read, args=(response,), daemon=True)
        self.reader.start()

    def read(self, response):
        try:
            while block := response.read1(65536):
                self.data += block
        except (OSError, AttributeError, ValueError, http.client.HTTPException):
            pass  # closed by the test, or cut
        self.ended = time.monotonic()

    def events(self):
        return [line[6:] for line in self.data.decode().splitlines() if line.startswith("data: ")]

    def last_error(self):
        """The code of the error event that ended the stream."""
        events = self.events()
        return json.loads(events[-1]).get("error", {}).get("code") if events and events[-1] != "[DONE]" else None

    def wait(self, seconds=20):
        self.reader.join(seconds)
        assert self.ended, "the stream did not end"

    def close(self):
        self.connection.sock and self.connection.sock.close()
        self.connection.close()
