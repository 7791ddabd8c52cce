// The script of a page that stands alone: every message it was given, as a phone shows it.
import { make, within } from "./drawing.js";
import { drawPreview } from "./previewed.js";

for (const one of JSON.parse(document.getElementById("previews").textContent)) {
  const about = within("header", "", make("h1", "", one.title), make("span", "about", `${one.message} · ${one.topic}`));
  document.getElementById("shown").append(within("section", "phone", about, drawPreview(one)));
}
