// The shelf, once a second, as GET /v1/events tells it. EventSource cannot send a token, so the
// stream is read by hand.
const $ = (id) => document.getElementById(id);
let token = sessionStorage.getItem("token") ?? "";

function cell(text, kind) {
  const td = document.createElement("td");
  td.textContent = text;
  if (kind) td.className = kind;
  return td;
}

function show(shelf) {
  $("state").textContent = shelf.trouble !== "" ? shelf.trouble
    : `${shelf.nodes.length} nodes, coordinator ${shelf.coordinator}`;
  $("nodes").replaceChildren(...shelf.nodes.map((node) => {
    const row = document.createElement("tr");
    const links = node.links.map((link) => `${link.to} ${Math.round(link.mbit)}`).join(", ");
    row.append(
      cell(node.name),
      cell(node.condition, node.state === "alive" ? "alive" : "gone"),
      cell(node.gmacs > 0 ? node.gmacs.toFixed(2) : "-"),
      cell(node.load === null ? "-" : `${Math.round(node.load * 100)} %`),
      cell(node.temperature_c > 0 ? `${Math.round(node.temperature_c)} °C` : "-"),
      cell(links));
    return row;
  }));
}

/// Reads server-sent events until the stream ends.
async function follow() {
  const answer = await fetch("v1/events", { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  $("door").hidden = answer.status !== 401;
  if (!answer.ok) throw new Error((await answer.json()).error);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = text.slice(0, end).split("\n").filter((line) => line.startsWith("data: "));
      text = text.slice(end + 2);
      if (data.length > 0) show(JSON.parse(data.map((line) => line.slice(6)).join("\n")));
    }
  }
}

async function watch() {
  for (;;) {
    try {
      await follow();
    } catch (error) {
      $("state").textContent = error.message;
    }
    await new Promise((again) => setTimeout(again, 1000));
  }
}

$("enter").addEventListener("click", () => {
  token = $("token").value.trim();
  sessionStorage.setItem("token", token);
});
watch();
