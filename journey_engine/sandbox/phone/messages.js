// Draws LINE message objects of every type, in groups by who seems to say them, and the quick replies under the last.
import { signOf, toldBy } from "./actions.js";
import { make, sign, swipe, tappable, within } from "./drawing.js";
import { drawFlex } from "./flex.js";
import { emoji, fileName, picture, stickerPicture } from "./pictures.js";
import { imagemap, template } from "./templates.js";

export function drawMessage(said, tap) {
  const draw = { text, textV2, image, video, audio, sticker, location, imagemap, template, flex, coupon }[said.type];
  return draw ? draw(said, tap) : make("div", "card", `〔${said.type}〕`);
}

// The messages of one request as entries of the chat; `stamp` is the time below the last of them.
export function drawMessages(messages, tap, account, stamp) {
  const entries = [];
  let before = null;
  for (const message of messages) {
    const key = JSON.stringify(message.sender || {});
    if (key !== before) entries.push(speaker(message.sender || {}, account));
    before = key;
    entries[entries.length - 1].lastChild.append(drawMessage(message, tap));
  }
  if (entries.length) entries[entries.length - 1].lastChild.append(make("span", "stamp", stamp));
  return entries;
}

function speaker(sender, account) {
  const name = sender.name ? `${sender.name} from ${account}` : account;
  const face = make("span", "face", [...(sender.name || account)][0]);
  face.setAttribute("aria-hidden", "true");
  if (sender.iconUrl) {
    face.classList.add("own");
    face.append(picture(sender.iconUrl, "face-picture"));
  }
  return within("div", "entry account", face, within("div", "stack", make("span", "sender", name)));
}

// LINE shows the quick replies of the last message only, until the friend answers.
export function drawChips(place, messages, tap) {
  place.replaceChildren();
  const last = messages && messages[messages.length - 1];
  const items = ((last && last.quickReply) || {}).items || [];
  if (!items.length) return;
  const chips = items.map((item) => {
    const action = item.action;
    const mark = item.imageUrl ? picture(item.imageUrl, "chip-icon") : signOf(action) ? sign(signOf(action)) : null;
    const button = within("button", "chip", mark, action.label || "");
    button.type = "button";
    button.title = toldBy(action);
    return tappable(button, action, tap);
  });
  place.append(swipe("chips", chips));
}

const flex = (said, tap) => drawFlex(said.contents, tap);
const image = (said) => picture(said.previewImageUrl || said.originalContentUrl, "sent-picture");
const sticker = (said) => stickerPicture(said.packageId, said.stickerId);

const LINK = /https?:\/\/[^\s，。、；：！？）」』】〕》"'<>]+/g;

// LINE makes a link of every address in a text.
function append(node, words, tap) {
  let from = 0;
  for (const found of words.matchAll(LINK)) {
    node.append(words.slice(from, found.index), tappable(make("span", "address", found[0]), { type: "uri", uri: found[0] }, tap));
    from = found.index + found[0].length;
  }
  node.append(words.slice(from));
}

function text(said, tap) {
  const node = make("div", "words");
  const words = String(said.text);
  let from = 0;
  for (const one of [...(said.emojis || [])].sort((a, b) => a.index - b.index)) {
    if (!(one.index >= from) || words[one.index] !== "$") continue;
    append(node, words.slice(from, one.index), tap);
    node.append(emoji(one.productId, one.emojiId));
    from = one.index + 1;
  }
  append(node, words.slice(from), tap);
  return node;
}

function mention(mentionee) {
  const node = make("span", "mention", mentionee && mentionee.type === "all" ? "@All" : "@好友");
  node.title = (mentionee && mentionee.userId) || "所有人";
  return node;
}

function textV2(said, tap) {
  const put = said.substitution || {};
  const node = make("div", "words");
  let plain = "";
  const flush = () => {
    append(node, plain, tap);
    plain = "";
  };
  for (const [whole, name] of String(said.text).matchAll(/\{\{|\}\}|\{(\w+)\}|[^{}]+|[{}]/g)) {
    const part = name && Object.hasOwn(put, name) ? put[name] : null;
    if (!part) plain += whole === "{{" ? "{" : whole === "}}" ? "}" : whole;
    else {
      flush();
      node.append(part.type === "emoji" ? emoji(part.productId, part.emojiId) : mention(part.mentionee));
    }
  }
  flush();
  return node;
}

function video(said, tap) {
  const node = picture(said.previewImageUrl, "sent-picture film", { mark: "play" });
  return tappable(node, { type: "watch", trackingId: said.trackingId, message: said }, tap);
}

function audio(said) {
  const seconds = Math.round((said.duration || 0) / 1000);
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const bars = make("span", "bars");
  for (let bar = 0; bar < 24; bar++) {
    const line = make("i");
    line.style.height = `${5 + ((bar * 7 + 3) % 13)}px`;
    bars.append(line);
  }
  const node = within("div", "words audio", within("span", "round", sign("play")), bars, make("span", "length", length));
  node.title = fileName(said.originalContentUrl);
  return node;
}

function location(said) {
  const where = `${Number(said.latitude).toFixed(4)}, ${Number(said.longitude).toFixed(4)}`;
  const node = within("div", "location", within("div", "map", sign("pin")), make("div", "title", said.title || "位置"), make("div", "say under-title", said.address));
  node.title = where;
  return node;
}

function coupon(said) {
  const words = within("div", "ticket-words", make("strong", "", "優惠券"), make("span", "dim", said.couponId));
  if (said.deliveryTag) words.append(make("span", "dim", said.deliveryTag));
  return within("div", "ticket", within("span", "ticket-sign", sign("ticket")), words);
}
