"""Behind a proxy, limits and records of refusals go by the client that a trusted proxy names, and by nothing that
anybody else says."""
import http.client

from harness import Platform, main, scratch, until
from records import stored_records

CONFIG = ("tls: terminated_by_proxy\ntrusted_proxies: [127.0.0.1/32]\ninference: { detect: false }\n"
          "limits: { source: { refusal_records: 1 } }\n")
REQUESTS = 12
# Each loop counts for itself.
LOOPS = 2


def refused(port, source, fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(source, 0))
    try:
        connection.request("GET", "/v1/models", headers=fields)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 401, (answer.status, answer.getheader("x-srasta-error"))
    finally:
        connection.close()


def records_after(requests):
    """How many refusals got a record of their own, of so many from (source, fields)."""
    with scratch() as folder:
        platform = Platform(folder / "data", CONFIG)
        until(lambda: platform.request("GET", "/readyz").status == 200, "readiness")
        for source, fields in requests:
            refused(platform.port, source, fields)
        platform.stop()
        return sum(record["act"] == "auth.fail" for record in stored_records(platform.data))


def network(number):
    return f"203.0.{number}.7"


def each_client_of_a_trusted_proxy_counts_for_itself():
    told = [("127.0.0.1", {"X-Forwarded-For": network(number)}) for number in range(REQUESTS)]
    assert records_after(told) == REQUESTS


def one_client_of_a_trusted_proxy_counts_as_one():
    told = [("127.0.0.1", {"X-Forwarded-For": network(1)})] * REQUESTS
    assert 1 <= records_after(told) <= LOOPS


def the_last_address_that_is_no_proxy_is_the_client():
    told = [("127.0.0.1", {"X-Forwarded-For": f"{network(number)}, 198.51.100.9, 127.0.0.1"})
            for number in range(REQUESTS)]
    assert 1 <= records_after(told) <= LOOPS, "what stands in front of it, a client may have written"


def nobody_else_is_believed():
    told = [("127.0.0.2", {"X-Forwarded-For": network(number), "X-Real-IP": network(number),
                           "Forwarded": f"for={network(number)}"}) for number in range(REQUESTS)]
    assert 1 <= records_after(told) <= LOOPS


def other_fields_of_a_trusted_proxy_are_ignored():
    told = [("127.0.0.1", {"X-Real-IP": network(number), "Forwarded": f"for={network(number)}"})
            for number in range(REQUESTS)]
    assert 1 <= records_after(told) <= LOOPS


main(each_client_of_a_trusted_proxy_counts_for_itself,
     one_client_of_a_trusted_proxy_counts_as_one,
     the_last_address_that_is_no_proxy_is_the_client,
     nobody_else_is_believed,
     other_fields_of_a_trusted_proxy_are_ignored)
