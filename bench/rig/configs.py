"""Configuration of the peers, each as its documentation recommends for a proxy with kept connections."""
import hashlib

NGINX = """
worker_processes 1; worker_rlimit_nofile {files}; daemon off; error_log {dir}/nginx.error crit; pid {dir}/nginx.pid;
events {{ worker_connections {files}; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {dir}; proxy_temp_path {dir};
  fastcgi_temp_path {dir}; uwsgi_temp_path {dir}; scgi_temp_path {dir};
  upstream engine {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{port} backlog=16384; {buffering}
    location / {{ proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; }} }} }}
"""

HAPROXY = """
global
  nbthread 1
  maxconn {connections}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option http-keep-alive
{delay}
frontend door
  bind 127.0.0.1:{port} backlog 16384
{checks}
  default_backend engine
backend engine
  server engine 127.0.0.1:{upstream}
"""

HAPROXY_JWT = """
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny unless {{ var(txn.alg) -m str RS256 }}
  http-request deny unless {{ var(txn.bearer),jwt_verify(txn.alg,"{key}") -m int 1 }}
"""

SRASTA = """
inference:
  detect: false
  upstreams:
    - {{ name: engine, kind: openai, url: "http://127.0.0.1:{upstream}", concurrency: 20000 }}
limits:
  connections: 20000
  rates: [{{ name: each, per: principal, burst: 1000000, every: 1ms }}]
  streams: [{{ per: principal, most: 100000 }}]
  budgets: [{{ name: each, per: principal, period: day, tokens: 1000000000000 }}]
drain: 1s
log: {{ level: warn }}
"""

OTHERS = 1_000  # users and keys that the rules name, as a company of some size has them


def srasta(upstream):
    """The platform with every gate on, and with rules that are none of the smallest."""
    return SRASTA.format(upstream=upstream) + access_rules()


def access_rules():
    roles = "".join(f'    team-{i}: ["inference.*", rag.read, sessions.read]\n' for i in range(20))
    models = "".join(f'    team-{i}: [general, "qwen{i}-*"]\n' for i in range(20))
    personas = "".join(f"    persona-{i}: {{ permissions: [inference.invoke], models: [general] }}\n" for i in range(20))
    users = "".join(f"    - {{ issuer: local, tenant: t{i % 20}, subject: other-{i}, deny_roles: [developer] }}\n"
                    for i in range(OTHERS))
    keys = "".join(f"    - {{ id: {key_id(i)}, secret_sha256: \"{hashlib.sha256(str(i).encode()).hexdigest()}\",\n"
                   f'        subject: k-{i}, tenant: t{i % 20}, roles: [team-{i % 20}], expires: "2099-01-01T00:00:00Z" }}\n'
                   for i in range(OTHERS))
    tenants = ", ".join(["default", *(f"t{i}" for i in range(20))])
    return (f"tenants: [{tenants}]\naccess:\n  roles:\n{roles}  models:\n    user: [general, bench, \"*\"]\n{models}"
            f"  personas:\n{personas}  users:\n{users}  keys:\n{keys}")


def key_id(number):
    """Twelve letters, of which the last ones count."""
    return "a" * 6 + "".join("abcdefghijklmnopqrstuvwxyz"[number // 26**place % 26] for place in range(5, -1, -1))

WRK = """
-- Every caller sends `hold` requests, then it is the next one's turn; where to begin comes as an argument.
local body = '{body}'
local requests, turn = {{}}, 0
function init(arguments)
  turn = tonumber(arguments[1]) or 0
  wrk.headers["Content-Type"] = "application/json"
{headers}
  for token in io.lines("{tokens}") do
    wrk.headers["Authorization"] = "Bearer " .. token
    requests[#requests + 1] = wrk.format("POST", "/v1/chat/completions", wrk.headers, body)
  end
end
function request()
  local caller = math.floor(turn / {hold}) % #requests + 1
  turn = turn + 1
  return requests[caller]
end
"""
