// Draws template messages (buttons, confirm, carousels) and imagemaps with the areas that can be tapped.
import { linkOf, signOf, toldBy } from "./actions.js";
import { make, sign, swipe, tappable, within } from "./drawing.js";
import { picture } from "./pictures.js";

function acts(actions, tap) {
  const node = make("div", "acts");
  for (const action of actions || []) {
    const button = within("button", "", signOf(action) ? sign(signOf(action)) : null, action.label || "（無標籤）");
    button.type = "button";
    button.title = toldBy(action);
    node.append(tappable(button, action, tap));
  }
  return node;
}

function column(said, whole, tap) {
  const node = make("div", "template");
  const upper = make("div", "upper");
  if (said.thumbnailImageUrl) {
    const shape = whole.imageAspectRatio === "square" ? "square" : "rectangle";
    const top = picture(said.thumbnailImageUrl, shape, { fit: whole.imageSize === "contain" ? "contain" : "cover" });
    if (/^#[0-9a-f]{6}$/i.test(said.imageBackgroundColor)) top.style.backgroundColor = said.imageBackgroundColor;
    upper.append(top);
  }
  if (said.title) upper.append(make("div", "title", said.title));
  upper.append(make("div", said.title ? "say under-title" : "say", said.text));
  node.append(tappable(upper, said.defaultAction, tap), acts(said.actions, tap));
  return node;
}

function imageColumn(said, tap) {
  const node = within("div", "template image-column", picture(said.imageUrl, "square"));
  const label = (said.action || {}).label;
  if (label) node.append(make("span", "pill", label));
  return tappable(node, said.action, tap);
}

export function template(said, tap) {
  const inner = said.template;
  switch (inner.type) {
    case "buttons": return column(inner, inner, tap);
    case "confirm": {
      const node = column(inner, inner, tap);
      node.classList.add("confirm");
      return node;
    }
    case "carousel": return swipe("columns", inner.columns.map((one) => column(one, inner, tap)));
    case "image_carousel": return swipe("columns", inner.columns.map((one) => imageColumn(one, tap)));
    default: return make("div", "card", `〔${inner.type}〕`);
  }
}

// Areas are given in the base image's own measure; here they are shares of whatever width there is.
function area(node, said, size) {
  const share = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(node.style, {
    left: share(said.x, size.width),
    top: share(said.y, size.height),
    width: share(said.width, size.width),
    height: share(said.height, size.height),
  });
  return node;
}

export function imagemap(said, tap) {
  const size = said.baseSize;
  const node = make("div", "imagemap");
  const base = picture(`${said.baseUrl}/1040`, "");
  base.querySelector(".name").textContent = said.altText;
  base.setAttribute("aria-label", said.altText);
  node.style.aspectRatio = `${size.width} / ${size.height}`;
  node.append(base);
  if (said.video) {
    const film = area(within("div", "area film", picture(said.video.previewImageUrl, "", { mark: "play" })), said.video.area, size);
    const link = said.video.externalLink;
    if (link) film.append(tappable(within("button", "pill", link.label), { type: "uri", uri: link.linkUri }, tap));
    node.append(film);
  }
  for (const action of said.actions || []) {
    const name = action.label || action.text || action.clipboardText || linkOf(action);
    const spot = area(within("div", "area", make("span", "area-name", name)), action.area, size);
    spot.title = toldBy(action);
    spot.setAttribute("aria-label", name);
    node.append(tappable(spot, action, tap));
  }
  return node;
}
