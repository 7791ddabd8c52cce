// The project's messages as they would look, beside the account; shown only where the sandbox knows a project.
import { ask } from "./asking.js";
import { make, within } from "./drawing.js";
import { drawPreview } from "./previewed.js";

const at = (id) => document.getElementById(id);
let all = [];

export async function preparePreviews() {
  let trouble = "";
  const answer = await ask("/sandbox/previews").catch((error) => {
    trouble = error.message;
    return { previews: [] };
  });
  all = answer.previews;
  for (const button of document.querySelectorAll('[data-pane="previews"], .to-side[data-side="previews"]')) button.hidden = !all.length && !trouble;
  at("preview-search").addEventListener("input", show);
  show();
  if (trouble) at("preview-list").append(make("p", "nothing", trouble));
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
