// Small DOM pieces; text only ever becomes text nodes, so no message can put markup or script on the page.

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  return node;
}

export function within(tag, className, ...parts) {
  const node = make(tag, className);
  node.append(...parts.filter((part) => part !== null && part !== undefined && part !== ""));
  return node;
}

const SIGNS = {
  picture: "M4 5h16v14H4z M4 16l5-5 4 4 3-3 4 4 M15.5 9.5h.01",
  film: "M4 6h16v12H4z M10 9.5l5 2.5-5 2.5z",
  play: "M8 5l11 7-11 7z",
  sound: "M4 10v4 M8 7v10 M12 4v16 M16 8v8 M20 11v2",
  pin: "M12 21s-7-6-7-11.5a7 7 0 0 1 14 0C19 15 12 21 12 21z M12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  camera: "M4 8h3.5l2-3h5l2 3H20v11H4z M12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  ticket: "M3 7h18v3.5a2 2 0 0 0 0 4V18H3v-3.5a2 2 0 0 0 0-4z M14.5 7v2 M14.5 11.5v2 M14.5 16v2",
  calendar: "M4 6h16v14H4z M4 10.5h16 M8.5 3.5v4 M15.5 3.5v4",
  copy: "M9 9h11v11H9z M15 9V4H4v11h5",
  swap: "M5 8h13l-3.5-3.5 M19 16H6l3.5 3.5",
  pencil: "M5 19l1-4L16 5l3 3L9 18z",
  star: "M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9-4.3-4.1 5.9-.8z",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M9 10h.01 M15 10h.01 M8 14.5c2 2.5 6 2.5 8 0",
  plus: "M12 5v14 M5 12h14",
  before: "M15 5l-7 7 7 7",
  after: "M9 5l7 7-7 7",
};

// A line drawing of 24 by 24, as large as the text beside it.
export function sign(name) {
  const space = "http://www.w3.org/2000/svg";
  const node = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  node.setAttribute("viewBox", name === "star" ? "2 2 20 20" : "0 0 24 24");
  node.setAttribute("class", `sign sign-${name}`);
  node.setAttribute("aria-hidden", "true");
  line.setAttribute("d", SIGNS[name] || SIGNS.picture);
  node.append(line);
  return node;
}

export function hue(words) {
  let sum = 7;
  for (const letter of String(words)) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return (sum * 137) % 360;
}

export function tappable(node, action, tap) {
  if (!action || !tap) return node;
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

// What lies side by side: swiped with a finger, or moved by the buttons that a mouse is shown.
export function swipe(className, parts) {
  const row = within("div", `row ${className || ""}`, ...parts);
  const node = within("div", "swipe", row);
  const move = (way) => row.scrollBy({ left: way * row.clientWidth * 0.8, behavior: "smooth" });
  for (const [name, label, way] of [["before", "往前", -1], ["after", "往後", 1]]) {
    const button = within("button", `turn ${name}`, sign(name));
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.addEventListener("click", () => move(way));
    node.append(button);
  }
  const show = () => {
    node.classList.toggle("has-before", row.scrollLeft > 4);
    node.classList.toggle("has-after", row.scrollLeft + row.clientWidth < row.scrollWidth - 4);
  };
  row.addEventListener("scroll", show, { passive: true });
  new ResizeObserver(show).observe(row);
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
