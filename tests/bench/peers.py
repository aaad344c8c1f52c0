"""peers -- the configurations of what is compared, and proxies that run.

Each peer is set up as somebody would who wants it to be fast at this and
nothing else: one worker, no log, connections kept on both sides, and bodies
passed on as they come.  What is not named here is the peer's default.
"""

import json
import os
import pwd
import random
import socket
import sqlite3
import time
from pathlib import Path

from .measure import Meter, group_of, workers_of
from .programs import Failed, Unsupported, read_event

START_S = 20     # at most, until a program serves

NGINX = """\
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
{user}pid {dir}/pid;
error_log stderr crit;
events {{ worker_connections 20000; }}
http {{
	access_log off;
	client_body_temp_path {dir}/body;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	client_max_body_size 2m;
	upstream legacy {{ server 127.0.0.1:{legacy}; keepalive 64;
		keepalive_requests 1000000000; keepalive_time 10h; }}
	upstream enhanced {{ server 127.0.0.1:{enhanced}; keepalive 64;
		keepalive_requests 1000000000; keepalive_time 10h; }}
	proxy_http_version 1.1;
	proxy_set_header Connection "";
	proxy_set_header Host $http_host;
	proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
	proxy_set_header X-Forwarded-Proto $scheme;
	# Not to and from files on the disk.
	proxy_request_buffering {request_buffering};
	proxy_max_temp_file_size 0;
	server {{
		listen 127.0.0.1:{port}{ssl};
		{certificate}
		keepalive_requests 1000000000;
		keepalive_time 10h;
		location / {{ {mirror} proxy_pass http://legacy; }}
		location /events/ {{ proxy_buffering off; proxy_pass http://legacy; }}
		location = /mirrored {{ internal; proxy_pass http://enhanced$request_uri; }}
	}}
}}
"""
NGINX_CERTIFICATE = """ssl_certificate {pem};
		ssl_certificate_key {pem};
		ssl_protocols TLSv1.2 TLSv1.3;
		ssl_session_cache shared:bench:10m;"""

HAPROXY = """\
global
	nbthread 1
	maxconn 12000
	no strict-limits
defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	option forwardfor{events}
	http-reuse always
frontend clients
	bind 127.0.0.1:{port}{ssl}
	http-request set-header X-Forwarded-Proto {scheme}
	default_backend legacy
backend legacy
	server legacy 127.0.0.1:{legacy} pool-max-conn 64
"""


def free_port():
    """One that nobody listens on now, nor is given by the kernel to those
    who ask for any: nginx and HAProxy cannot say what port 0 became."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(10000, max(lowest, 20000)), 100):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failed("no free port below those that the kernel gives")


def wait_until_served(process, port):
    """Until somebody accepts there."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Failed(f"{process.args[0]}: nothing listens on port {port}")


class Proxy:
    """A proxy that runs."""

    def __init__(self, process, port, folder=None, threaded=False, tls=False):
        self.process, self.port, self.folder, self.tls = process, port, folder, tls
        pids = group_of(process.pid)
        if threaded and not workers_of(process.pid):
            raise Failed("understudy: no thread is called a worker")
        self.pid = pids[-1]     # nginx: the worker
        self.meter = Meter(pids, workers_of(process.pid) if threaded else ())
        self.requests = 0       # answered, by all loads

    def recorded(self):
        """(legs, comparisons) in understudy's store."""
        with sqlite3.connect(self.folder / "store.db") as db:
            return tuple(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                         for table in ("exchanges", "comparisons"))


def start_nginx(bench, legacy, enhanced=None, mirror=False, tls=False):
    """With a folder and a configuration of its own."""
    folder, port = bench.new_folder("nginx"), free_port()
    me = pwd.getpwuid(os.geteuid()).pw_name
    (folder / "nginx.conf").write_text(NGINX.format(
        dir=folder, port=port, legacy=legacy, enhanced=enhanced or legacy,
        user=f"user {me};\n" if os.geteuid() == 0 else "",
        # A mirror needs the whole body: nginx reads it first.
        request_buffering="on" if mirror else "off",
        mirror="mirror /mirrored;" if mirror else "",
        ssl=" ssl" if tls else "",
        certificate=NGINX_CERTIFICATE.format(pem=bench.certificate()) if tls else ""))
    bench.show(folder / "nginx.conf")
    process = bench.processes.start(
        [bench.programs.nginx, "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"],
        bench.proxy_cores, env=bench.programs.environment)
    wait_until_served(process, port)
    end = time.monotonic() + START_S
    while len(group_of(process.pid)) < 2:       # the master listens first
        if time.monotonic() > end:
            raise Failed("nginx: no worker process")
        time.sleep(0.02)
    return Proxy(process, port, folder, tls=tls)


def start_haproxy(bench, legacy, tls=False, events=False):
    """In the foreground, without a master process.  events: without
    http-no-delay it holds an event back until the next one comes."""
    folder, port = bench.new_folder("haproxy"), free_port()
    config = folder / "haproxy.cfg"
    config.write_text(HAPROXY.format(
        port=port, legacy=legacy, scheme="https" if tls else "http",
        events="\n\toption http-no-delay" if events else "",
        ssl=f" ssl crt {bench.certificate()}" if tls else ""))
    bench.show(config)
    with (folder / "log").open("w") as log:
        process = bench.processes.start([bench.programs.haproxy, "-db", "-f", config],
                                        bench.proxy_cores, stdout=log, stderr=log,
                                        env=bench.programs.environment)
    wait_until_served(process, port)
    return Proxy(process, port, folder, tls=tls)


def start_relay(bench, name, legacy):
    """floor or relay_evhttp."""
    process = bench.processes.start([getattr(bench.programs, name), "--backend", legacy],
                                    bench.proxy_cores, stdout=-1)
    return Proxy(process, read_event(process.stdout, "ready")["port"])


def understudy_config(bench, legacy, enhanced=None, store="none", workers=1, tls=False):
    """understudy.json"""
    listen = {"address": "127.0.0.1:0"}
    if tls:
        listen["tls"] = {"certificate": str(bench.certificate()),
                         "key": str(bench.certificate())}
    return {
        "listen": [listen],
        "backends": {"legacy": {"urls": [f"http://127.0.0.1:{legacy}"]},
                     "enhanced": {"urls": [f"http://127.0.0.1:{enhanced or legacy}"]}},
        "store": store, "workers": workers, "rules": ["rules.json"],
        "limits": {"connections": 12000},
        # Shadows that hang make room for the next ones, which hang too.
        "shadow": {"timeout": "1s"}}


def start_understudy(bench, legacy, enhanced=None, shadow=0, cores=None, rules=None, **how):
    """No identity: users are told apart by request."""
    folder = bench.new_folder("understudy")
    (folder / "rules.json").write_text(json.dumps(rules or {"rollout": {"stages": [
        {"name": "bench", "percent": 0, "shadow": shadow}]}}, indent=1))
    config = folder / "understudy.json"
    config.write_text(json.dumps(understudy_config(bench, legacy, enhanced, **how), indent=1))
    bench.show(config)
    log = folder / "log"
    with log.open("w") as out:
        process = bench.processes.start([bench.programs.understudy, "-c", config],
                                        cores or bench.proxy_cores, stderr=out)
    end = time.monotonic() + START_S
    while '"ready"' not in log.read_text():
        if process.poll() is not None or time.monotonic() > end:
            if "not supported" in log.read_text():
                raise Unsupported(log.read_text().strip())
            raise Failed(f"understudy: {log.read_text()}")
        time.sleep(0.02)
    with log.open() as lines:
        ready = read_event(lines, "ready")
    return Proxy(process, int(ready["listen"][0].rpartition(":")[2]), folder,
                 threaded=True, tls=how.get("tls", False))
