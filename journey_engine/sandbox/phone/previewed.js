// One message as a phone shows it, and beside it what is to be said about it.
import { toldBy } from "./actions.js";
import { toast } from "./dialogs.js";
import { make, within } from "./drawing.js";
import { drawChips, drawMessages } from "./messages.js";

export function drawPreview(one) {
  const node = make("div", "previewed");
  const notes = within("ul", "preview-notes", ...(one.notes || []).map((said) => make("li", said.kind, said.words)));
  if (notes.children.length) node.append(notes);
  if (!one.messages) return node;
  const tap = (action) => toast(toldBy(action));
  const chips = make("div", "chips-place");
  drawChips(chips, one.messages, tap);
  node.append(within("div", "wall", ...drawMessages(one.messages, tap, one.account, one.silent ? "靜音" : "")), chips);
  return node;
}
