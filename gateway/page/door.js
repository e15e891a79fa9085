// The box for the token.
import { hasToken, mayWrite, onAccess, useToken } from "./access.js";
import { $, setAttribute, setText } from "./dom.js";

const door = $("door");
const usual = "To read the shelf on this machine none is needed; to change it, one that was made with --write is.";

function open(is) {
  door.hidden = !is;
  setAttribute($("access"), "aria-expanded", is);
}

function show() {
  setText($("access"), mayWrite() ? "Token: may change" : hasToken() ? "Token: reads" : "Token");
  $("forget").hidden = !hasToken();
}

/// The gateway wants another one: `why` is its sentence.
export function askForToken(why) {
  setText($("door-why"), why);
  open(true);
}

export function letIn() {
  if ($("door-why").textContent === usual) return;
  setText($("door-why"), usual);
  open(false);
}

$("access").addEventListener("click", () => {
  open(door.hidden);
  if (!door.hidden) $("token").focus();
});
$("door-form").addEventListener("submit", (event) => {
  event.preventDefault();
  useToken($("token").value);
  $("token").value = "";
  open(false);
  $("access").focus();
});
$("forget").addEventListener("click", () => {
  useToken("");
  $("access").focus();
});
setText($("door-why"), usual);
onAccess(show);
show();
