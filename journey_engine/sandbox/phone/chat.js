// Draws the entries of a chat: the account's messages, the friend's own, and what happened between them.
import { clock, day, make, sign, tappable, within } from "./drawing.js";
import { drawMessages } from "./messages.js";
import { stickerPicture } from "./pictures.js";

const ACCOUNT = "沙箱官方帳號";

export function drawEntries(entries, tap, unsend, readTill) {
  const nodes = [];
  const takenBack = new Set(entries.map((entry) => entry.unsent).filter(Boolean));
  let today = "";
  for (const entry of entries) {
    const date = day(entry.at);
    if (date !== today) nodes.push(within("div", "day", make("span", "", date)));
    today = date;
    if (entry.from === "account") {
      const stamp = `${entry.silent ? "靜音 · " : ""}${clock(entry.at)}`;
      nodes.push(...drawMessages(entry.messages, (action) => tap(entry, action), ACCOUNT, stamp));
    } else nodes.push(fromFriend(entry, takenBack, unsend, readTill));
  }
  return nodes;
}

// What a friend sees while the account lets its loading animation run.
export function drawLoading() {
  const dots = within("div", "words dots", make("i"), make("i"), make("i"));
  dots.setAttribute("aria-label", "官方帳號正在準備回覆");
  return within("div", "entry account", make("span", "face", ACCOUNT[0]), within("div", "stack", dots));
}

function fromFriend(entry, takenBack, unsend, readTill) {
  const said = entry.message;
  if (!said && (entry.type !== "postback" || !entry.text)) {
    return within("div", "note", make("span", "", `${entry.text || "點了按鈕"} ${clock(entry.at)}`));
  }
  const back = said && takenBack.has(said.id);
  const body = back ? make("div", "words gone", "已收回這則訊息") : spoken(said, entry.text);
  if (said && said.id && !back && unsend) {
    tappable(body, said.id, unsend);
    body.title = "點一下就收回這則訊息";
  }
  const read = said && entry.number && entry.number <= readTill ? "已讀 · " : "";
  return within("div", "entry friend", make("span", "stamp", `${read}${clock(entry.at)}`), body);
}

const SIGNS = { image: "picture", video: "play", audio: "sound", location: "pin", file: "copy" };

function spoken(said, words) {
  if (!said || said.type === "text") return make("div", "words", words);
  if (said.type === "sticker") return stickerPicture(said.packageId, said.stickerId);
  return within("div", "words with-sign", sign(SIGNS[said.type] || "picture"), make("span", "", words));
}
