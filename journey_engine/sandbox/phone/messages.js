// Draws LINE message objects of every type, and finds the actions in them in the order the sandbox numbers them.
import { make, picture, tappable } from "./drawing.js";
import { drawFlex } from "./flex.js";

export function drawMessage(said, tap) {
  const draw = { text, textV2, image, video, audio, sticker, location, imagemap, template, flex, coupon }[said.type];
  return draw ? draw(said, tap) : make("div", "card", `〔${said.type}〕`);
}

// The same walk as actions_in() in messages.py: a tap names the place of its action in this list.
export function actionsIn(messages) {
  const found = [];
  for (const message of messages) {
    const { quickReply: _later, ...body } = message;
    gather(body, found);
  }
  if (messages.length) gather(messages[messages.length - 1].quickReply, found);
  return found;
}

function gather(node, found) {
  if (Array.isArray(node)) node.forEach((one) => gather(one, found));
  else if (node && typeof node === "object") {
    for (const [name, part] of Object.entries(node)) {
      if ((name === "action" || name === "defaultAction") && part && typeof part === "object" && !Array.isArray(part)) found.push(part);
      else if (name === "actions" && Array.isArray(part)) found.push(...part.filter((one) => one && typeof one === "object"));
      else gather(part, found);
    }
  }
}

const text = (said) => make("div", "words", said.text);
const flex = (said, tap) => drawFlex(said.contents, tap);
const image = (said) => picture(said.originalContentUrl, "sent-picture");
const audio = (said) => make("div", "card", `〔語音〕 ${Math.round(said.duration / 1000)} 秒`);
const sticker = (said) => make("div", "card", `貼圖 ${said.packageId}／${said.stickerId}`);
const location = (said) => make("div", "card", `〔位置〕${said.title}\n${said.address}`);
const coupon = (said) => make("div", "card", `〔優惠券〕 ${said.couponId}`);

function textV2(said) {
  const put = said.substitution || {};
  const shown = said.text.replace(/\{\{|\}\}|\{(\w+)\}/g, (whole, name) => {
    if (whole === "{{") return "{";
    if (whole === "}}") return "}";
    const part = Object.hasOwn(put, name) ? put[name] : null;
    return part ? (part.type === "emoji" ? "☺" : "@好友") : whole;
  });
  return make("div", "words", shown);
}

function video(said) {
  const node = picture(said.previewImageUrl, "sent-picture");
  node.firstChild.textContent = node.firstChild.textContent.replace("圖片", "▶ 影片");
  return node;
}

function acts(actions, tap) {
  const node = make("div", "acts");
  for (const action of actions) {
    const button = make("button", "", action.label || action.text || action.linkUri || "（無標籤）");
    button.type = "button";
    node.append(tappable(button, action, tap));
  }
  return node;
}

function imagemap(said, tap) {
  const node = make("div", "card template");
  node.append(picture(said.baseUrl), make("div", "say", said.altText), acts(said.actions, tap));
  return node;
}

function column(said, tap, className) {
  const node = make("div", `card template ${className || ""}`);
  if (said.thumbnailImageUrl) node.append(picture(said.thumbnailImageUrl));
  if (said.title) node.append(make("div", "title", said.title));
  node.append(tappable(make("div", "say", said.text), said.defaultAction, tap), acts(said.actions, tap));
  return node;
}

function template(said, tap) {
  const inner = said.template;
  if (inner.type === "buttons" || inner.type === "confirm") return column(inner, tap, inner.type);
  const row = make("div", "row");
  for (const one of inner.columns) {
    if (inner.type === "carousel") row.append(column(one, tap));
    else {
      const node = make("div", "card template");
      node.append(picture(one.imageUrl), acts([one.action], tap));
      row.append(node);
    }
  }
  return row;
}
