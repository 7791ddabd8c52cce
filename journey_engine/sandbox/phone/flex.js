// Draws flex containers with CSS flexbox, near LINE's own layout rules; sizes are those of LINE's keyword tables.
import { make, picture, tappable } from "./drawing.js";

const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const FONT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const ALIGN = { start: "flex-start", center: "center", end: "flex-end", top: "flex-start", bottom: "flex-end" };
const LENGTH = /^-?\d+(\.\d+)?(px|%)$/;
const COLOUR = /^#[0-9a-f]{6}([0-9a-f]{2})?$/i;

const space = (value, words = SPACE) => (value in words ? `${words[value]}px` : LENGTH.test(value) ? value : "");
const colour = (value) => (COLOUR.test(value) ? value : "");
const kind = (value, known, fallback) => (known.includes(value) ? value : fallback);

export function drawFlex(contents, tap) {
  if (contents.type !== "carousel") return bubble(contents, tap);
  const row = make("div", "row");
  row.append(...contents.contents.map((one) => bubble(one, tap)));
  return row;
}

function bubble(said, tap) {
  const sizes = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"];
  const node = make("div", `bubble ${kind(said.size, sizes, "mega")}`);
  if (said.direction === "rtl") node.dir = "rtl";
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!said[name]) continue;
    const style = (said.styles || {})[name] || {};
    const block = make("div", `block ${name}`);
    block.style.backgroundColor = colour(style.backgroundColor);
    if (style.separator) block.style.borderTop = `1px solid ${colour(style.separatorColor) || "#d4d6da"}`;
    block.append(component(said[name], { layout: "vertical" }, 0, tap));
    node.append(block);
  }
  return tappable(node, said.action, tap);
}

function component(said, parent, index, tap) {
  const draw = { box, text, image, icon, button, video, separator, filler }[said.type];
  const node = draw ? draw(said, tap, parent) : make("div", "flex-text", `〔${said.type}〕`);
  place(node, said, parent, index);
  return said.type === "button" ? node : tappable(node, said.action, tap);
}

function place(node, said, parent, index) {
  const style = node.style;
  const across = parent.layout !== "vertical";
  const gap = said.margin ?? (index && parent.spacing);
  if (gap && index !== 0) style[across ? "marginInlineStart" : "marginTop"] = space(gap);
  if (said.position === "absolute") style.position = "absolute";
  else if (said.offsetTop || said.offsetBottom || said.offsetStart || said.offsetEnd) style.position = "relative";
  if (said.offsetTop) style.top = space(said.offsetTop);
  if (said.offsetBottom) style.bottom = space(said.offsetBottom);
  if (said.offsetStart) style.insetInlineStart = space(said.offsetStart);
  if (said.offsetEnd) style.insetInlineEnd = space(said.offsetEnd);
  if (said.position === "absolute" || said.type === "separator" || said.type === "icon") return;
  const fixed = across ? said.width : said.height;
  const share = said.flex ?? (across && !fixed ? 1 : 0);
  style.flex = share > 0 ? (across ? `${share} 1 0` : `${share} 1 auto`) : `0 ${across && said.type === "text" ? 1 : 0} auto`;
  if (across && said.gravity && parent.layout === "horizontal") style.alignSelf = ALIGN[said.gravity] || "";
}

function box(said, tap) {
  const node = make("div", `box ${kind(said.layout, ["horizontal", "vertical", "baseline"], "vertical")}`);
  const style = node.style;
  if (said.paddingAll) style.padding = space(said.paddingAll);
  for (const [name, side] of [["Top", "paddingTop"], ["Bottom", "paddingBottom"], ["Start", "paddingInlineStart"], ["End", "paddingInlineEnd"]]) {
    if (said[`padding${name}`]) style[side] = space(said[`padding${name}`]);
  }
  style.backgroundColor = colour(said.backgroundColor);
  if (said.borderWidth || said.borderColor) {
    style.border = `${space(said.borderWidth || "normal", BORDER)} solid ${colour(said.borderColor) || "#000"}`;
  }
  if (said.cornerRadius) {
    style.borderRadius = space(said.cornerRadius);
    style.overflow = "hidden";
  }
  for (const name of ["width", "maxWidth", "height", "maxHeight"]) if (said[name]) style[name] = space(said[name]);
  if (said.justifyContent) style.justifyContent = said.justifyContent;
  if (said.alignItems) style.alignItems = said.alignItems;
  if (said.background && said.background.type === "linearGradient") style.backgroundImage = gradient(said.background);
  const inner = said.contents || [];
  inner.forEach((one, index) => node.append(component(one, said, index, tap)));
  return node;
}

function gradient(said) {
  const angle = /^-?\d+(\.\d+)?deg$/.test(said.angle) ? said.angle : "0deg";
  const middle = colour(said.centerColor) ? `, ${said.centerColor} ${LENGTH.test(said.centerPosition) ? said.centerPosition : "50%"}` : "";
  return `linear-gradient(${angle}, ${colour(said.startColor) || "#fff"}${middle}, ${colour(said.endColor) || "#fff"})`;
}

function dress(node, said) {
  if (said.size) node.style.fontSize = space(said.size, FONT);
  node.style.color = colour(said.color);
  if (said.weight === "bold") node.style.fontWeight = "700";
  if (said.weight === "regular") node.style.fontWeight = "400";
  if (said.style === "italic") node.style.fontStyle = "italic";
  if (["underline", "line-through"].includes(said.decoration)) node.style.textDecoration = said.decoration;
}

function text(said) {
  const node = make("div", said.wrap ? "flex-text wrap" : "flex-text");
  if (!said.size) node.style.fontSize = "16px";
  dress(node, said);
  if (["start", "end", "center"].includes(said.align)) node.style.textAlign = said.align;
  if (said.lineSpacing) node.style.lineHeight = `calc(1.3em + ${space(said.lineSpacing)})`;
  if (said.maxLines > 0 && said.wrap) {
    Object.assign(node.style, { display: "-webkit-box", webkitBoxOrient: "vertical", webkitLineClamp: String(said.maxLines) });
  }
  if (said.contents && said.contents.length) {
    for (const one of said.contents) {
      const span = make("span", "", one.text);
      dress(span, one);
      node.append(span);
    }
  } else node.textContent = said.text;
  return node;
}

function ratio(said, fallback = "1:1") {
  const given = /^\d+(\.\d+)?:\d+(\.\d+)?$/.test(said.aspectRatio) ? said.aspectRatio : fallback;
  return given.replace(":", " / ");
}

function image(said, _tap, parent) {
  const node = make("div", "flex-image");
  const size = said.size || "md";
  const inner = picture(said.url);
  inner.style.aspectRatio = ratio(said);
  inner.style.backgroundColor = colour(said.backgroundColor);
  const width = size === "full" ? "100%" : space(size, IMAGE);
  if (parent.layout === "vertical") {
    node.style.width = width;
    node.style.alignSelf = ALIGN[said.align || "center"];
  } else inner.style.maxWidth = width;
  node.append(inner);
  return node;
}

function icon(said) {
  const node = make("span", "flex-icon", /star/i.test(said.url) ? "★" : "▫");
  const size = space(said.size || "md", FONT);
  node.style.height = size;
  node.style.fontSize = size;
  node.style.aspectRatio = ratio(said);
  node.title = said.url;
  if (/gold_star/i.test(said.url)) node.style.color = "#e0a300";
  return node;
}

function button(said, tap) {
  const node = make("div", `flex-button ${kind(said.style, ["primary", "secondary", "link"], "link")} ${said.height === "sm" ? "sm" : "md"}`);
  const inner = make("button", "", said.action.label || "");
  inner.type = "button";
  if (said.color) inner.style[said.style === "primary" || said.style === "secondary" ? "backgroundColor" : "color"] = colour(said.color);
  node.append(tappable(inner, said.action, tap));
  return node;
}

function video(said, tap) {
  const node = make("div", "flex-image");
  const inner = picture(said.previewUrl);
  inner.firstChild.textContent = inner.firstChild.textContent.replace("圖片", "▶ 影片");
  inner.style.aspectRatio = ratio(said, "20:13");
  node.style.width = "100%";
  node.append(inner);
  return tappable(node, said.action, tap);
}

function separator(said) {
  const node = make("div", "flex-separator");
  if (said.color) node.style.backgroundColor = colour(said.color);
  return node;
}

function filler() {
  return make("div", "flex-filler");
}
