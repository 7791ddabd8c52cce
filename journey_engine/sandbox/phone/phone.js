// The page: friends and one friend's chat; it asks the sandbox every two seconds what is new.
import { prepareAccount, showAccount } from "./account.js";
import { actionsIn } from "./actions.js";
import { ask } from "./asking.js";
import { drawEntries, drawLoading } from "./chat.js";
import { toast } from "./dialogs.js";
import { clock, hue, make, sign, within } from "./drawing.js";
import { drawChips } from "./messages.js";
import { openPreviews } from "./previews.js";
import { sendOther, tapped } from "./tapping.js";

const at = (id) => document.getElementById(id);
const FRIENDS_PAGE = 50;
const view = { user: null, shown: FRIENDS_PAGE, first: 0, state: "", signature: "" };

if (new URLSearchParams(location.search).has("pictures")) document.documentElement.dataset.pictures = "on";

function pane(name) {
  document.body.dataset.pane = name;
  if (name === "account" || name === "previews") document.body.dataset.side = name;
  if (name === "previews") openPreviews();
  for (const button of at("tabs").children) button.setAttribute("aria-current", String(button.dataset.pane === name));
}

function face(id, name) {
  const node = make("span", "face", [...(name || id.slice(1))][0] || "?");
  node.style.backgroundColor = `hsl(${hue(id)} 42% 46%)`;
  node.setAttribute("aria-hidden", "true");
  return node;
}

const STANDING = { blocked: "已封鎖", deleted: "帳號已刪除" };

async function showFriends() {
  const query = new URLSearchParams({ search: at("search").value, limit: String(view.shown) });
  const { friends, total } = await ask(`/sandbox/friends?${query}`);
  at("friend-count").textContent = `${total.toLocaleString("zh-TW")} 位`;
  at("more-friends").hidden = friends.length >= total;
  at("friend-list").replaceChildren(...friends.map((friend) => {
    const who = make("span", "who", friend.name || friend.id.slice(0, 9));
    if (STANDING[friend.status]) who.append(make("span", "standing", STANDING[friend.status]));
    const when = make("span", "when", friend.at ? clock(friend.at) : "");
    const button = within("button", "", face(friend.id, friend.name), who, when, make("span", "last", friend.last || "尚無訊息"));
    button.type = "button";
    button.setAttribute("aria-current", String(friend.id === view.user));
    button.addEventListener("click", () => open(friend.id));
    return within("li", "", button);
  }));
  if (!friends.length) at("friend-list").append(make("li", "nothing", at("search").value ? "沒有符合的好友" : "還沒有好友"));
}

async function open(user) {
  Object.assign(view, { user, state: "", first: 0 });
  location.hash = user;
  pane("chat");
  await Promise.all([showChat(), showFriends()]);
}

async function showChat(earlier) {
  if (!view.user) return;
  const path = `/sandbox/friends/${encodeURIComponent(view.user)}/chat`;
  const { friend, entries, total } = await ask(path);
  at("chat-name").textContent = friend.name || friend.id;
  at("chat-name").title = friend.id;
  at("follow").hidden = friend.status !== "blocked";
  at("block").hidden = friend.status !== "friend";
  for (const field of at("compose").elements) field.disabled = friend.status !== "friend";
  const state = `${total}/${friend.read}/${friend.loading}`;
  if (state === view.state && !earlier) return;
  let shown = entries;
  let first = entries.length ? entries[0].index : 0;
  while (earlier && first > earlier) {
    const before = await ask(`${path}?before=${first}`);
    shown = [...before.entries, ...shown];
    first = before.entries.length ? before.entries[0].index : 0;
  }
  const talk = at("talk");
  const fromEnd = talk.scrollHeight - talk.scrollTop;
  Object.assign(view, { state, first });
  at("earlier").hidden = first === 0;
  at("entries").replaceChildren(...drawEntries(shown, onTap, (id) => does({ do: "unsend", message: id }), friend.read));
  if (friend.loading) at("entries").append(drawLoading());
  if (!shown.length) at("entries").append(within("div", "note", make("span", "", "還沒有訊息")));
  const last = shown[shown.length - 1];
  drawChips(at("chips"), last && last.from === "account" ? last.messages : null, (action) => onTap(last, action));
  talk.scrollTop = earlier ? talk.scrollHeight - fromEnd : talk.scrollHeight;
}

async function onTap(entry, action) {
  try {
    await tapped({ user: view.user, acceptance: entry.acceptance, place: actionsIn(entry.messages).indexOf(action), words: at("words") }, action);
    await refresh();
  } catch (error) {
    toast(error.message);
  }
}

async function refresh() {
  const signature = await showAccount();
  await showChat();
  if (signature !== view.signature) {
    view.signature = signature;
    await showFriends();
  }
}

async function watch() {
  try {
    await refresh();
    if (watch.lost) toast("已重新連上沙箱");
    watch.lost = false;
  } catch (error) {
    if (!watch.lost) toast(`沙箱沒有回應：${error.message}`);
    watch.lost = true;
  }
  setTimeout(watch, 2000);
}

async function does(act) {
  try {
    await ask("/sandbox/act", { user: view.user, ...act });
    view.state = "";
    await refresh();
  } catch (error) {
    toast(error.message);
  }
}

// A stranger who adds the account: the follow that a welcome journey waits for.
async function newcomer() {
  const id = `U${[...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  try {
    await ask("/sandbox/act", { user: id, do: "follow", name: `新好友 ${id.slice(1, 5)}` });
    await open(id);
  } catch (error) {
    toast(error.message);
  }
}

at("tabs").addEventListener("click", (event) => event.target.dataset.pane && pane(event.target.dataset.pane));
for (const button of document.querySelectorAll(".to-side")) button.addEventListener("click", () => pane(button.dataset.side));
at("search").addEventListener("input", () => {
  view.shown = FRIENDS_PAGE;
  showFriends();
});
at("more-friends").addEventListener("click", () => {
  view.shown += FRIENDS_PAGE;
  showFriends();
});
at("newcomer").addEventListener("click", newcomer);
at("earlier").addEventListener("click", () => showChat(Math.max(0, view.first - 30) || 1));
at("follow").addEventListener("click", () => does({ do: "follow" }));
at("block").addEventListener("click", () => does({ do: "block" }));
at("more").append(sign("plus"));
at("more").addEventListener("click", () => sendOther(does));
at("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = at("words").value.trim();
  at("words").value = "";
  if (words) does({ do: "write", text: words });
});

pane("friends");
prepareAccount(refresh);
if (/^#U[0-9a-f]{32}$/.test(location.hash)) open(location.hash.slice(1)).catch((error) => toast(error.message));
watch();
