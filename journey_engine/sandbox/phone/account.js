// The account's side of the page: quota, faults to order, the last requests.
import { ask } from "./asking.js";
import { toast } from "./dialogs.js";
import { clock, make, within } from "./drawing.js";

const at = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("zh-TW");
const FAULTS = {
  down: "連不上", 401: "權杖失效（401）", "429_rate": "太快（429）", "429_monthly": "本月額度用完（429）", "500_before": "500，沒有收下",
  "500_after": "500，其實收下了", timeout_before: "沒有回應，沒有收下", timeout_after: "沒有回應，其實收下了", reset_before: "斷線，沒有收下",
  reset_after: "斷線，其實收下了", reset_midway: "回答到一半斷線，其實收下了", odd_after: "回答很怪，其實收下了", slow: "很慢",
};
const ENDPOINTS = ["push", "multicast", "reply"];

export async function showAccount() {
  const [now, webhook] = await Promise.all([ask("/sandbox/status"), ask("/sandbox/webhook")]);
  showFigures(now, webhook);
  showFaults(now);
  showRequests(now.recent.slice(0, 40));
  return `${now.acceptances}/${now.taps}/${JSON.stringify(now.friends)}`;
}

function showFigures(now, webhook) {
  const { used, limit } = now.quota;
  const share = limit ? Math.min(1, used / limit) : 0;
  const bar = make("i");
  bar.style.width = `${100 * share}%`;
  const words = within("p", "", make("strong", "", `本月用量 ${number(used)}／${limit === null ? "無上限" : number(limit)}`));
  if (limit) words.append(make("span", "dim", `${Math.round(100 * share)}%`));
  at("gauge").replaceChildren(words, within("div", `bar${share >= 0.9 ? " high" : ""}`, bar));
  const rows = [
    ["沙箱時間", clock(now.now, true)],
    ["好友", number(now.friends.friend)],
    ["封鎖／刪除", `${number(now.friends.blocked)}／${number(now.friends.deleted)}`],
    ["已接受的請求", number(now.acceptances)],
    ["好友的動作", number(now.taps)],
  ];
  rows.push(["Webhook", webhook.url ? `${webhook.url}${webhook.waiting ? `（${webhook.waiting} 筆待送）` : ""}` : "沒有設定"]);
  at("figures").replaceChildren(...rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
}

function showFaults(now) {
  const kinds = at("fault-form").elements.kind;
  if (!kinds.length) kinds.append(...now.fault_kinds.map((kind) => choice(kind, FAULTS[kind] || kind)));
  at("faults").replaceChildren(...now.faults.map((one) => {
    const times = one.count === null ? "直到解除" : `${one.struck}／${one.count} 次`;
    return within("li", "", make("span", "", FAULTS[one.kind] || one.kind), make("span", "dim", `${one.endpoint || "所有請求"} · ${times}`));
  }));
  if (!now.faults.length) return at("faults").append(make("li", "dim", "目前一切正常。"));
  const clear = make("button", "", "全部解除");
  clear.type = "button";
  clear.addEventListener("click", () => change("/sandbox/faults", {}, "DELETE"));
  return at("faults").append(within("li", "", clear));
}

function choice(value, words) {
  const option = make("option", "", words);
  option.value = value;
  return option;
}

function showRequests(recent) {
  at("recent").replaceChildren(...recent.map((one) => {
    const good = one.status >= 200 && one.status < 300;
    const item = within("li", "", make("span", "dim", clock(one.at)), make("span", "", one.endpoint || "—"),
      make("span", good ? "good" : "bad", one.status || FAULTS[one.note] || one.note));
    item.title = one.request_id;
    return item;
  }));
  if (!recent.length) at("recent").append(make("li", "dim", "還沒有請求。"));
}

let again = async () => undefined;

async function change(path, body, method) {
  try {
    await ask(path, body, method);
    await again();
  } catch (error) {
    toast(error.message);
  }
}

export function prepareAccount(refresh) {
  again = refresh;
  at("fault-form").elements.endpoint.append(...ENDPOINTS.map((one) => choice(one, one)));
  at("fault-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { kind, endpoint, count } = event.target.elements;
    change("/sandbox/faults", { kind: kind.value, endpoint: endpoint.value || null, count: count.value ? Number(count.value) : null });
  });
  at("quota-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const limit = event.target.elements.limit.value;
    change("/sandbox/quota", { limit: limit === "" ? null : Number(limit) });
  });
  at("pictures").checked = document.documentElement.dataset.pictures === "on";
  at("pictures").addEventListener("change", () => {
    location.search = at("pictures").checked ? "?pictures" : "";
  });
}
