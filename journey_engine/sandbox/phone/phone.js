// The page: friends, one friend's chat, the account's figures; it asks the sandbox every two seconds what is new.
import { clock, day, make, tappable } from "./drawing.js";
import { actionsIn, drawMessage } from "./messages.js";

const at = (id) => document.getElementById(id);
const FRIENDS_PAGE = 50;
const view = { user: null, shown: FRIENDS_PAGE, first: 0, total: -1, signature: "" };

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.message} ${answer.cure || ""}`);
  return answer;
}

function toast(words) {
  at("toast").textContent = words;
  at("toast").classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => at("toast").classList.remove("shown"), 2500);
}

function pane(name) {
  document.body.dataset.pane = name;
  for (const button of at("tabs").children) button.setAttribute("aria-current", String(button.dataset.pane === name));
}

function face(id, name) {
  const node = make("span", "face", [...(name || id.slice(1))][0] || "?");
  node.style.backgroundColor = `hsl(${parseInt(id.slice(-4), 16) % 360} 42% 46%)`;
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
    const button = make("button");
    button.type = "button";
    button.setAttribute("aria-current", String(friend.id === view.user));
    const who = make("span", "who", friend.name || friend.id.slice(0, 9));
    if (STANDING[friend.status]) who.append(make("span", "standing", ` ${STANDING[friend.status]}`));
    button.append(face(friend.id, friend.name), who, make("span", "when", friend.at ? clock(friend.at) : ""), make("span", "last", friend.last || "尚無訊息"));
    button.addEventListener("click", () => open(friend.id));
    const item = make("li");
    item.append(button);
    return item;
  }));
}

async function open(user) {
  Object.assign(view, { user, total: -1, first: 0 });
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
  if (total === view.total && !earlier) return;
  let shown = entries;
  let first = entries.length ? entries[0].index : 0;
  while (earlier && first > earlier) {
    const before = await ask(`${path}?before=${first}`);
    shown = [...before.entries, ...shown];
    first = before.entries.length ? before.entries[0].index : 0;
  }
  const talk = at("talk");
  const fromEnd = talk.scrollHeight - talk.scrollTop;
  Object.assign(view, { total, first });
  at("earlier").hidden = first === 0;
  at("entries").replaceChildren(...drawEntries(shown));
  drawChips(shown[shown.length - 1]);
  talk.scrollTop = earlier ? talk.scrollHeight - fromEnd : talk.scrollHeight;
}

function drawEntries(entries) {
  const nodes = [];
  let today = "";
  for (const entry of entries) {
    const date = day(entry.at);
    if (date !== today) {
      const mark = make("div", "day");
      mark.append(make("span", "", date));
      nodes.push(mark);
      today = date;
    }
    nodes.push(entry.from === "account" ? fromAccount(entry) : fromFriend(entry));
  }
  return nodes;
}

function fromFriend(entry) {
  if (entry.type === "follow" || entry.type === "unfollow" || !entry.text) {
    const note = make("div", "note");
    note.append(make("span", "", `${entry.text || "點了按鈕"} ${clock(entry.at)}`));
    return note;
  }
  const node = make("div", "entry friend");
  node.append(make("span", "stamp", clock(entry.at)), make("div", "words", entry.text));
  return node;
}

function fromAccount(entry) {
  const node = make("div", "entry account");
  const stack = make("div", "stack");
  const actions = actionsIn(entry.messages);
  const tap = (action) => tapped(entry, actions.indexOf(action), action);
  for (const message of entry.messages) {
    if (message.sender && message.sender.name) stack.append(make("span", "sender", message.sender.name));
    stack.append(drawMessage(message, tap));
  }
  stack.append(make("span", "stamp", `${entry.silent ? "靜音 " : ""}${clock(entry.at)}`));
  node.append(make("span", "face", "官"), stack);
  return node;
}

// LINE shows the quick replies of the last message only, until the friend answers.
function drawChips(last) {
  const chips = at("chips");
  chips.replaceChildren();
  if (!last || last.from !== "account") return;
  const actions = actionsIn(last.messages);
  const items = (last.messages[last.messages.length - 1].quickReply || {}).items || [];
  for (const item of items) {
    const button = make("button", "", item.action.label);
    button.type = "button";
    chips.append(tappable(button, item.action, (action) => tapped(last, actions.indexOf(action), action)));
  }
}

const PICKER = { date: "date", time: "time", datetime: "datetime-local" };

async function tapped(entry, place, action) {
  const act = { user: view.user, do: "tap", acceptance: entry.acceptance, action: place };
  if (action.type === "datetimepicker") {
    act.value = await pick(action);
    if (!act.value) return;
  }
  try {
    const done = await ask("/sandbox/act", act);
    if (done.opened) await showLink(done.opened);
    else if (action.type === "postback") toast("已回傳給官方帳號");
    else if (action.type === "clipboard") toast(`已複製：${action.clipboardText}`);
    else if (!done.events.length) toast("手機會開啟相機、相簿或位置");
    await refresh();
  } catch (error) {
    toast(error.message);
  }
}

function dialog(words, field) {
  at("ask-words").textContent = words;
  at("ask-field").replaceChildren(...(field ? [field] : []));
  const box = at("ask");
  box.returnValue = "no";
  box.showModal();
  return new Promise((answered) => box.addEventListener("close", () => answered(box.returnValue === "yes"), { once: true }));
}

async function pick(action) {
  const field = make("input");
  Object.assign(field, { type: PICKER[action.mode] || "date", value: action.initial || "", min: action.min || "", max: action.max || "" });
  return (await dialog(action.label || "選擇日期", field)) ? field.value : "";
}

async function showLink(uri) {
  const yes = await dialog("這個按鈕會開啟：", make("span", "", uri));
  if (yes && /^https?:\/\//i.test(uri)) window.open(uri, "_blank", "noopener,noreferrer");
}

async function showAccount() {
  const now = await ask("/sandbox/status");
  const limit = now.quota.limit === null ? "無上限" : now.quota.limit.toLocaleString("zh-TW");
  const rows = [
    ["沙箱時間", clock(now.now, true)],
    ["本月用量", `${now.quota.used.toLocaleString("zh-TW")}／${limit}`],
    ["好友", now.friends.friend.toLocaleString("zh-TW")],
    ["封鎖／刪除", `${now.friends.blocked.toLocaleString("zh-TW")}／${now.friends.deleted.toLocaleString("zh-TW")}`],
    ["已接受的請求", now.acceptances.toLocaleString("zh-TW")],
    ["好友的動作", now.taps.toLocaleString("zh-TW")],
    ["故障設定", now.faults.length ? now.faults.map((one) => one.kind).join("、") : "無"],
  ];
  at("figures").replaceChildren(...rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
  at("recent").replaceChildren(...now.recent.slice(0, 40).map((one) => {
    const item = make("li");
    item.title = one.request_id;
    item.append(make("span", "dim", clock(one.at)), make("span", "", one.endpoint || "—"),
      make("span", one.status >= 200 && one.status < 300 ? "good" : "bad", one.status || one.note));
    return item;
  }));
  return `${now.acceptances}/${now.taps}/${JSON.stringify(now.friends)}`;
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
    view.total = -1;
    await refresh();
  } catch (error) {
    toast(error.message);
  }
}

at("tabs").addEventListener("click", (event) => event.target.dataset.pane && pane(event.target.dataset.pane));
at("search").addEventListener("input", () => {
  view.shown = FRIENDS_PAGE;
  showFriends();
});
at("more-friends").addEventListener("click", () => {
  view.shown += FRIENDS_PAGE;
  showFriends();
});
at("earlier").addEventListener("click", () => showChat(Math.max(0, view.first - 30) || 1));
at("follow").addEventListener("click", () => does({ do: "follow" }));
at("block").addEventListener("click", () => does({ do: "block" }));
at("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = at("words").value.trim();
  at("words").value = "";
  if (words) does({ do: "write", text: words });
});

pane("friends");
if (/^#U[0-9a-f]{32}$/.test(location.hash)) open(location.hash.slice(1)).catch((error) => toast(error.message));
watch();
