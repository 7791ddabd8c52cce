// Draws flex containers: bubbles, their blocks and boxes, by CSS flexbox under the rules of LINE's layout documents.
import { make, swipe, tappable } from "./drawing.js";
import { BORDER, button, colour, filler, icon, image, known, length, LENGTH, separator, space, text, video } from "./flex_parts.js";

const SIZES = ["nano", "micro", "deca", "hecto", "kilo", "mega", "giga"];
const JUSTIFY = ["center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"];
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };

export function drawFlex(contents, tap) {
  if (!contents || contents.type !== "carousel") return bubble(contents || {}, tap);
  return swipe("bubbles", (contents.contents || []).map((one) => bubble(one, tap)));
}

function bubble(said, tap) {
  const node = make("div", `bubble ${known(said.size, SIZES, "mega")}`);
  if (said.direction === "rtl") node.dir = "rtl";
  let first = true;
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!said[name]) continue;
    const style = (said.styles || {})[name] || {};
    const block = make("div", `block ${name}${name === "body" && said.footer ? " above-footer" : ""}`);
    block.style.backgroundColor = colour(style.backgroundColor);
    if (style.separator && !first) block.style.borderTop = `1px solid ${colour(style.separatorColor) || "#d4d6da"}`;
    block.append(component(said[name], { layout: "vertical" }, 0, tap));
    node.append(block);
    first = false;
  }
  return tappable(node, said.action, tap);
}

function component(said, parent, index, tap) {
  const draw = { box, text, image, icon, button, video, separator, filler }[said.type];
  const node = draw ? draw(said, tap, parent) : make("div", "part", `〔${said.type}〕`);
  place(node, said, parent, index);
  return said.type === "button" || said.type === "video" ? node : tappable(node, said.action, tap);
}

// Where a component stands in its box: its share of the main axis, the gap before it, its offset.
function place(node, said, parent, index) {
  const style = node.style;
  const across = parent.layout === "horizontal" || parent.layout === "baseline";
  if (said.position === "absolute") style.position = "absolute";
  else {
    const gap = index && said.type !== "filler" ? (said.margin ?? parent.spacing) : undefined;
    if (gap) style[across ? "marginInlineStart" : "marginTop"] = space(gap);
  }
  for (const [name, side] of [["Top", "top"], ["Bottom", "bottom"], ["Start", "insetInlineStart"], ["End", "insetInlineEnd"]]) {
    if (said[`offset${name}`]) style[side] = space(said[`offset${name}`]);
  }
  if (said.position === "absolute" || said.type === "separator") return;
  style.flex = share(said, parent, across);
  if (said.gravity in GRAVITY) style.justifyContent = GRAVITY[said.gravity];
}

// A row gives each child one share, unless it has a width of its own or the row deals out its free space itself; a column none.
function share(said, parent, across) {
  if (said.type === "icon") return "none";
  const usual = said.type === "filler" ? 1 : across && !said.width && !parent.justifyContent ? 1 : 0;
  const given = Number.isInteger(said.flex) && said.flex >= 0 ? said.flex : usual;
  if (!given) return across && said.type === "text" ? "0 1 auto" : "none";
  return across ? `${given} 1 0` : `${given} 0 auto`;
}

function box(said, tap, parent) {
  const node = make("div", `part box ${known(said.layout, ["horizontal", "vertical", "baseline"], "vertical")}`);
  const style = node.style;
  for (const [name, side] of [["All", "padding"], ["Top", "paddingTop"], ["Bottom", "paddingBottom"], ["Start", "paddingInlineStart"],
    ["End", "paddingInlineEnd"]]) {
    if (said[`padding${name}`]) style[side] = space(said[`padding${name}`]);
  }
  style.backgroundColor = colour(said.backgroundColor);
  if (said.borderWidth || said.borderColor) style.border = `${length(said.borderWidth || "normal", BORDER)} solid ${colour(said.borderColor) || "#000"}`;
  if (said.cornerRadius) style.borderRadius = space(said.cornerRadius);
  for (const name of ["width", "maxWidth", "height", "maxHeight"]) if (LENGTH.test(said[name])) style[name] = said[name];
  if (said.width && parent.layout === "vertical") style.alignSelf = parent.alignItems ? "" : "flex-start";
  style.justifyContent = known(said.justifyContent, JUSTIFY, "");
  style.alignItems = known(said.alignItems, ["center", "flex-start", "flex-end"], "");
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
