// Pictures, emoji and stickers of a message: a quiet stand-in, and the picture over it where the page may load some.
import { hue, make, sign, within } from "./drawing.js";

// The page's own rules (content-security-policy) say the same; without leave nothing is asked of the network.
const allowed = () => document.documentElement.dataset.pictures === "on";

export function fileName(url) {
  return String(url || "").split(/[?#]/)[0].split("/").filter(Boolean).pop() || "";
}

export function picture(url, className, { mark = "picture", fit = "cover" } = {}) {
  const name = fileName(url);
  const node = within("div", `picture ${className || ""}`, sign(mark), make("span", "name", name.slice(0, 40)));
  node.style.setProperty("--hue", String(hue(name)));
  node.title = String(url || "");
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", `${mark === "film" ? "影片" : "圖片"} ${name}`);
  load(node, url, fit);
  return node;
}

function load(node, url, fit) {
  if (!allowed() || !/^https:\/\//i.test(url)) return;
  const image = make("img");
  image.alt = "";
  image.loading = "lazy";
  image.referrerPolicy = "no-referrer";
  image.style.objectFit = fit;
  image.addEventListener("load", () => node.classList.add("loaded"));
  image.addEventListener("error", () => image.remove());
  image.src = url;
  node.append(image);
}

const SHOP = "https://stickershop.line-scdn.net";

export function emoji(productId, emojiId) {
  const node = within("span", "emoji", sign("smile"));
  node.title = `LINE 表情貼 ${productId}／${emojiId}`;
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", node.title);
  load(node, `${SHOP}/sticonshop/v1/sticon/${encodeURIComponent(productId)}/android/${encodeURIComponent(emojiId)}.png`, "contain");
  return node;
}

export function stickerPicture(packageId, stickerId) {
  const node = within("div", "sticker", sign("smile"), make("span", "name", `貼圖 ${packageId}／${stickerId}`));
  node.setAttribute("role", "img");
  node.setAttribute("aria-label", `貼圖 ${packageId}／${stickerId}`);
  load(node, `${SHOP}/stickershop/v1/sticker/${encodeURIComponent(stickerId)}/android/sticker.png`, "contain");
  return node;
}
