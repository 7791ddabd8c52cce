// The actions of messages in the order the sandbox numbers them, their signs, and in words what a tap on one does.

// The same walk as actions_in() in messages.py: a tap names the place of its action in this list.
export function actionsIn(messages) {
  const found = [];
  for (const message of messages) {
    const { quickReply: _later, ...body } = message;
    gather(body, found);
  }
  if (messages.length) gather(messages[messages.length - 1].quickReply, found);
  return found;
}

function gather(node, found) {
  if (Array.isArray(node)) node.forEach((one) => gather(one, found));
  else if (node && typeof node === "object") {
    for (const [name, part] of Object.entries(node)) {
      if ((name === "action" || name === "defaultAction") && part && typeof part === "object" && !Array.isArray(part)) found.push(part);
      else if (name === "actions" && Array.isArray(part)) found.push(...part.filter((one) => one && typeof one === "object"));
      else gather(part, found);
    }
  }
}

const SIGNS = { camera: "camera", cameraRoll: "picture", location: "pin", datetimepicker: "calendar", clipboard: "copy", richmenuswitch: "swap" };

// LINE draws a sign of its own on these three where no picture is given; the others are ours, so that a tester knows.
export const signOf = (action) => (action.type === "postback" && action.inputOption === "openKeyboard" ? "pencil" : SIGNS[action.type] || "");

export const linkOf = (action) => action.uri || action.linkUri || "";

export function toldBy(action) {
  switch (action.type) {
    case "uri": return `開啟 ${linkOf(action)}`;
    case "message": return `好友說：「${action.text}」`;
    case "postback": return `回傳資料 ${action.data}${action.displayText ? `，聊天室顯示「${action.displayText}」` : ""}`;
    case "datetimepicker": return `選好之後回傳資料 ${action.data}`;
    case "clipboard": return `複製「${action.clipboardText}」`;
    case "richmenuswitch": return `換成圖文選單 ${action.richMenuAliasId}，回傳資料 ${action.data}`;
    case "camera": return "開啟相機，拍好就傳照片";
    case "cameraRoll": return "開啟相簿，選好就傳照片";
    case "location": return "開啟地圖，選好就傳位置";
    case "watch": return action.trackingId ? `看完影片，回傳追蹤代碼 ${action.trackingId}` : "播放影片";
    default: return `（${action.type}）`;
  }
}
