// A question over the page, a date picker, and short words at its foot.
import { make, within } from "./drawing.js";

export function dialog(words, field, yes = "確定") {
  const form = make("form");
  form.method = "dialog";
  const menu = make("menu");
  for (const [value, label, className] of [["no", "取消", ""], ["yes", yes, "strong"]]) {
    const button = make("button", className, label);
    button.value = value;
    menu.append(button);
  }
  form.append(within("p", "ask-words", words), within("p", "ask-field", field), menu);
  const node = within("dialog", "", form);
  node.id = "ask";
  document.body.append(node);
  node.showModal();
  return new Promise((answered) => node.addEventListener("close", () => {
    node.remove();
    answered(node.returnValue === "yes");
  }, { once: true }));
}

const PICKER = { date: "date", time: "time", datetime: "datetime-local" };

// What was picked, as LINE's postback has it; empty if the friend thought better of it.
export async function pick(action) {
  const field = make("input");
  const given = (value) => String(value || "").replace("t", "T");
  Object.assign(field, { type: PICKER[action.mode] || "date", value: given(action.initial), min: given(action.min), max: given(action.max) });
  field.setAttribute("aria-label", action.label || "選擇日期");
  return (await dialog(action.label || "選擇日期", field)) ? field.value : "";
}

export async function showLink(uri) {
  const yes = await dialog("這裡會開啟：", make("span", "target", uri), "開啟");
  if (yes && /^https?:\/\//i.test(uri)) window.open(uri, "_blank", "noopener,noreferrer");
  else if (yes) toast("這個連結要在手機上才能開啟");
}

export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    toast(`已複製：${words}`);
  } catch {
    toast(`手機會複製：${words}`); // this browser does not let a page write the clipboard
  }
}

let shown = null;
let fading = 0;

export function toast(words) {
  if (!shown) {
    shown = make("output");
    shown.id = "toast";
    shown.setAttribute("aria-live", "polite");
    document.body.append(shown);
  }
  shown.textContent = words;
  shown.classList.add("shown");
  clearTimeout(fading);
  fading = setTimeout(() => shown.classList.remove("shown"), 3500);
}
