// Asks the sandbox by its own paths; what it refuses is thrown in its own words.

export async function ask(path, body, method = "POST") {
  const options = body === undefined ? {} : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.message} ${answer.cure || ""}`);
  return answer;
}
