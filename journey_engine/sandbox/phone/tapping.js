// What a phone does when its owner taps: asks where it must, acts as that friend in the sandbox, says what came of it.
import { linkOf } from "./actions.js";
import { ask } from "./asking.js";
import { copy, dialog, pick, showLink, toast } from "./dialogs.js";
import { make } from "./drawing.js";

const act = (said) => ask("/sandbox/act", said);

// `place` is the action's place in its acceptance, -1 for what LINE numbers nowhere (an address in a text, a film).
export async function tapped({ user, acceptance, place, words }, action) {
  if (place < 0) return besides(user, acceptance, action);
  const said = { user, do: "tap", acceptance, action: place };
  switch (action.type) {
    case "datetimepicker":
      said.value = await pick(action);
      if (!said.value) return undefined;
      await act(said);
      return toast(`已回傳 ${said.value.replace("T", " ")}`);
    case "uri":
      await act(said);
      return showLink(linkOf(action));
    case "clipboard":
      await act(said);
      return copy(action.clipboardText);
    case "camera":
    case "cameraRoll":
      return other(user, action.type === "camera" ? "手機會開啟相機。要拍一張傳出去嗎？" : "手機會開啟相簿。要選一張傳出去嗎？", "image");
    case "location":
      return other(user, "手機會開啟地圖。要把所在位置傳出去嗎？", "location");
    case "message":
      return act(said);
    default:
      await act(said);
      return afterPostback(action, words);
  }
}

function afterPostback(action, words) {
  if (action.inputOption === "openKeyboard" && words) {
    words.value = action.fillInText || "";
    words.focus();
  }
  const shown = { openRichMenu: "圖文選單會打開", closeRichMenu: "圖文選單會收起", openVoice: "手機會開始錄音" }[action.inputOption];
  toast(shown ? `已回傳給官方帳號；${shown}` : "已回傳給官方帳號");
}

async function besides(user, acceptance, action) {
  if (action.type === "uri") return showLink(linkOf(action));
  if (!action.trackingId) return toast("手機會播放影片；這支影片沒有追蹤代碼");
  if (!(await dialog("手機會播放影片。看完了嗎？", make("span", "dim", `追蹤代碼 ${action.trackingId}`), "看完了"))) return undefined;
  await act({ user, do: "watch", acceptance, tracking: action.trackingId });
  return toast("已告訴官方帳號：影片看完了");
}

async function other(user, question, message) {
  if (await dialog(question, null, "傳送")) await act({ user, do: "send", message });
}

const KINDS = { image: "照片", sticker: "貼圖", location: "位置", video: "影片", audio: "語音", file: "檔案" };

export async function sendOther(does) {
  const field = make("select");
  field.setAttribute("aria-label", "要傳的東西");
  for (const [value, words] of Object.entries(KINDS)) {
    const option = make("option", "", words);
    option.value = value;
    field.append(option);
  }
  if (await dialog("這位好友要傳什麼？", field, "傳送")) await does({ do: "send", message: field.value });
}
