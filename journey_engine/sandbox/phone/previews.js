// The project's messages as they would look, beside the account; shown only where the sandbox knows a project.
import { toldBy } from "./actions.js";
import { ask } from "./asking.js";
import { toast } from "./dialogs.js";
import { make, within } from "./drawing.js";
import { drawChips, drawMessages } from "./messages.js";

const at = (id) => document.getElementById(id);
let all = [];

export async function preparePreviews() {
  const answer = await ask("/sandbox/previews").catch(() => ({ previews: [] }));
  all = answer.previews;
  for (const button of document.querySelectorAll('[data-pane="previews"], .to-side[data-side="previews"]')) button.hidden = !all.length;
  at("preview-search").addEventListener("input", show);
  show();
}

function show() {
  const words = at("preview-search").value.trim().toLowerCase();
  const found = all.filter((one) => `${one.message} ${one.title} ${one.topic}`.toLowerCase().includes(words));
  at("preview-list").replaceChildren(...found.map(folded));
  if (all.length && !found.length) at("preview-list").append(make("p", "nothing", "沒有符合的訊息"));
}

function folded(one) {
  const node = within("details", "preview", within("summary", "", make("strong", "", one.title), make("span", "dim", one.message)));
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) node.append(drawPreview(one));
  });
  return node;
}

// One message as a phone shows it, and what is to be said about it.
export function drawPreview(one) {
  const node = make("div", "previewed");
  const notes = make("ul", "preview-notes");
  for (const said of one.notes || []) notes.append(make("li", said.kind, said.words));
  if (notes.children.length) node.append(notes);
  if (!one.messages) return node;
  const tap = (action) => toast(toldBy(action));
  const wall = within("div", "wall", ...drawMessages(one.messages, tap, one.account, one.silent ? "靜音" : ""));
  const chips = make("div", "chips-place");
  drawChips(chips, one.messages, tap);
  node.append(wall, chips);
  return node;
}
