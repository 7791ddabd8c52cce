// The leaves of a flex message: text, picture, icon, button, film, line; and LINE's words for lengths and colours.
import { make, sign, tappable, within } from "./drawing.js";
import { picture } from "./pictures.js";

const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const FONT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
export const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
export const LENGTH = /^-?\d+(\.\d+)?(px|%)$/;
const COLOUR = /^#[0-9a-f]{6}([0-9a-f]{2})?$/i;
const ACROSS = { start: "flex-start", center: "center", end: "flex-end" };

export const length = (value, words) => (Object.hasOwn(words, value) ? `${words[value]}px` : LENGTH.test(value) ? value : "");
export const space = (value) => length(value, SPACE);
export const colour = (value) => (COLOUR.test(value) ? value : "");
export const known = (value, words, fallback) => (words.includes(value) ? value : fallback);

function dress(node, said) {
  if (said.size) node.style.fontSize = length(said.size, FONT);
  node.style.color = colour(said.color);
  if (said.weight === "bold") node.style.fontWeight = "700";
  if (said.weight === "regular") node.style.fontWeight = "400";
  if (said.style === "italic") node.style.fontStyle = "italic";
  if (["underline", "line-through"].includes(said.decoration)) node.style.textDecoration = said.decoration;
}

export function text(said) {
  const words = make("p", said.wrap ? "wrap" : "");
  dress(words, said);
  if (["start", "end", "center"].includes(said.align)) words.style.textAlign = said.align;
  if (said.lineSpacing) words.style.lineHeight = `calc(1.4em + ${space(said.lineSpacing) || "0px"})`;
  if (said.maxLines > 0 && said.wrap) {
    words.classList.add("clamped");
    words.style.setProperty("--lines", String(said.maxLines));
  }
  if (said.contents && said.contents.length) {
    for (const one of said.contents) {
      const span = make("span", "", one.text);
      dress(span, one);
      words.append(span);
    }
  } else words.textContent = said.text;
  const node = within("div", "part flex-text", words);
  if (said.adjustMode === "shrink-to-fit") shrinkToFit(node, words);
  return node;
}

function shrinkToFit(node, words) {
  let width = 0;
  new ResizeObserver(() => {
    if (node.clientWidth === width) return;
    width = node.clientWidth;
    words.style.zoom = "1";
    if (width && words.scrollWidth > width) words.style.zoom = String(Math.max(0.3, width / words.scrollWidth - 0.01));
  }).observe(node);
}

function ratio(said, fallback = "1:1") {
  const given = /^\d+(\.\d+)?:\d+(\.\d+)?$/.test(said.aspectRatio) ? said.aspectRatio : fallback;
  return given.replace(":", " / ");
}

export function image(said) {
  const inner = picture(said.url, "", { fit: said.aspectMode === "cover" ? "cover" : "contain" });
  inner.style.aspectRatio = ratio(said);
  inner.style.width = said.size === "full" ? "100%" : length(said.size || "md", IMAGE);
  if (colour(said.backgroundColor)) inner.style.backgroundColor = said.backgroundColor;
  const node = within("div", "part flex-image", inner);
  node.style.alignItems = ACROSS[said.align] || "center";
  return node;
}

// An icon's picture is not here; LINE's samples rate with stars, so those are drawn, and any other is a small square.
export function icon(said) {
  const star = /star/i.test(said.url);
  const node = within("span", `part flex-icon ${star ? "starred" : ""}`, star ? sign("star") : picture(said.url, "", { fit: "contain" }));
  node.style.fontSize = length(said.size || "md", FONT);
  node.style.aspectRatio = ratio(said);
  node.title = said.url;
  if (/gr[ae]y/i.test(said.url)) node.classList.add("grey");
  return node;
}

export function button(said, tap) {
  const style = known(said.style, ["primary", "secondary", "link"], "link");
  const inner = within("button", "", make("span", "", (said.action || {}).label || ""));
  inner.type = "button";
  if (colour(said.color)) inner.style[style === "link" ? "color" : "backgroundColor"] = said.color;
  const node = make("div", `part flex-button ${style} ${said.height === "sm" ? "sm" : "md"}`);
  node.append(tappable(inner, said.action, tap));
  return node;
}

export function video(said, tap) {
  const inner = picture(said.previewUrl, "film", { mark: "film" });
  inner.style.aspectRatio = ratio(said, "20:13");
  inner.style.width = "100%";
  const node = within("div", "part flex-image", inner);
  if (said.action && said.action.label) node.append(tappable(within("button", "film-action", said.action.label), said.action, tap));
  return node;
}

export function separator(said) {
  const node = make("div", "flex-separator");
  if (said.color) node.style.backgroundColor = colour(said.color);
  return node;
}

export function filler() {
  return make("div", "flex-filler");
}
