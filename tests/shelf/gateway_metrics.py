#!/usr/bin/env python3
"""The gateway's metrics, as Prometheus reads them: promtool finds nothing to say of them, and a Prometheus scrapes them."""
import json
import re
import shutil
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

from gateway_kit import Gateway, folder, import_network
from shelf import REPO, SKIPPED, expect, rerun_on_a_shelf, until

if not shutil.which("promtool") or not shutil.which("prometheus"):
    print("skipped: there is no prometheus with its promtool")
    sys.exit(SKIPPED)
rerun_on_a_shelf("--nodes", "2", "--pace", "4")

here = folder()
import_network("small", here, "small", "--input", "1x3x64x64")
gateway = Gateway()
expect("it becomes ready", until(lambda: gateway.get("/v2/health/ready").status == 200))
photo = b"\0" * (4 * 3 * 64 * 64)
for _ in range(5):
    expect("a request is answered", gateway.post("/v1/classify/small", photo).status == 200)
gateway.get("/v2/models/nothing")


def metrics():
    answer = gateway.get("/metrics")
    expect("metrics are text of version 0.0.4", answer.headers["content-type"].startswith("text/plain; version=0.0.4"), answer.headers)
    return answer.body.decode()


def value(text, series):
    found = [line.split()[-1] for line in text.splitlines() if line.startswith(series + " ")]
    return float(found[0]) if found else None


text = metrics()
checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
expect("promtool finds nothing to say", checked.returncode == 0 and not checked.stderr.strip(), checked.stderr + checked.stdout)
expect("calls are counted", value(text, 'bramble_gateway_requests_total{code="200",endpoint="classify"}') == 5.0, text[:2000])
expect("refused ones too", value(text, 'bramble_gateway_requests_total{code="404",endpoint="model_metadata"}') == 1.0)
expect("inferences are measured", value(text, 'bramble_inference_duration_seconds_count{model="small"}') == 5.0)
expect("and compared with what was predicted", value(text, 'bramble_inference_measured_to_predicted_ratio_count{model="small"}') == 5.0)
for node in ("pi1", "pi2"):
    expect(f"{node} is alive", value(text, f'bramble_node_state{{node="{node}",state="alive"}}') == 1.0)
    expect(f"{node} has its speed", value(text, f'bramble_node_capacity_macs_per_second{{node="{node}"}}') > 0)
expect("links have their rates", value(text, 'bramble_link_bytes_per_second{from="pi1",to="pi2"}') > 0)
expect("the plan is there", until(lambda: value(metrics(), 'bramble_plan_predicted_seconds{host="pi1",model="small",method="bramble"}')))

dashboard = json.loads((REPO / "docs" / "grafana.json").read_text())
asked = {name for panel in dashboard["panels"] for target in panel["targets"] for name in re.findall(r"bramble_[a-z_]+", target["expr"])}
# What this machine's boards, or a quiet shelf, do not tell.
absent = {"bramble_node_temperature_celsius", "bramble_node_undervoltage_now", "bramble_node_throttled_now"}


def unknown():
    return asked - set(re.findall(r"^(bramble_[a-z_]+)", metrics(), re.MULTILINE)) - absent


expect("the dashboard asks for metrics that there are", until(lambda: not unknown()), unknown())

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
(here / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: bramble
    static_configs: [{{targets: ['127.0.0.1:{gateway.port}']}}]
""")
prometheus = subprocess.Popen(["prometheus", f"--config.file={here / 'prometheus.yml'}", f"--storage.tsdb.path={here / 'tsdb'}",
                               f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])


def ask(expression):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(expression)}", timeout=10) as answer:
            return [float(each["value"][1]) for each in json.load(answer)["data"]["result"]]
    except OSError:
        return []


try:
    expect("Prometheus scrapes it", until(lambda: ask('up{job="bramble"}') == [1.0], 90))
    expect("and knows the nodes", until(lambda: ask('sum(bramble_node_state{state="alive"})') == [2.0]))
    expect("and the requests", until(lambda: ask('bramble_inference_duration_seconds_count{model="small"}') == [5.0]))
finally:
    prometheus.terminate()
    prometheus.wait()
gateway.stop()
