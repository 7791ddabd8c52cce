// Small DOM pieces; text only ever becomes text nodes, so no message can put markup or script on the page.

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

// The account's pictures live on the network; the sandbox shows their place and file name and fetches nothing.
export function picture(url, className) {
  const node = make("div", `picture ${className || ""}`);
  const name = String(url || "").split(/[?#]/)[0].split("/").pop();
  node.append(make("span", "", `圖片 ${name.slice(0, 40)}`));
  node.title = String(url || "");
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", `圖片 ${name}`);
  return node;
}

export function tappable(node, action, tap) {
  if (!action) return node;
  node.classList.add("tappable");
  if (node.tagName !== "BUTTON") {
    node.tabIndex = 0;
    node.setAttribute("role", "button");
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === node) tap(action);
    });
  }
  node.addEventListener("click", (event) => {
    event.stopPropagation();
    tap(action);
  });
  return node;
}

export function clock(ms, withDay) {
  const form = { timeZone: "Asia/Taipei", hour: "2-digit", minute: "2-digit", hour12: false };
  if (withDay) Object.assign(form, { year: "numeric", month: "numeric", day: "numeric", weekday: "short" });
  return new Intl.DateTimeFormat("zh-TW", form).format(new Date(ms));
}

export function day(ms) {
  const form = { timeZone: "Asia/Taipei", year: "numeric", month: "numeric", day: "numeric", weekday: "short" };
  return new Intl.DateTimeFormat("zh-TW", form).format(new Date(ms));
}
