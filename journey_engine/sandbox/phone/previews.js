// The project's messages as they would look, beside the account; shown only where the sandbox knows a project.
import { ask } from "./asking.js";
import { make, within } from "./drawing.js";
import { drawPreview } from "./previewed.js";

const at = (id) => document.getElementById(id);
let all = [];

// Asked for whenever the pane is opened: the files may have changed since.
export async function openPreviews() {
  at("preview-list").replaceChildren(make("p", "nothing", "讀取中…"));
  try {
    all = (await ask("/sandbox/previews")).previews;
    show();
    if (!all.length) at("preview-list").append(make("p", "nothing", "這個沙箱不是由專案啟動的，沒有訊息可以預覽。"));
  } catch (error) {
    at("preview-list").replaceChildren(make("p", "nothing", error.message));
  }
}

at("preview-search").addEventListener("input", show);

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
