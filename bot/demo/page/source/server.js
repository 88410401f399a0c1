// The wire between this page and the stand-in workspace: whole states pushed down, what a person does posted up.

export function followWorkspace(onState, onConnected) {
  const updates = new EventSource("updates");
  updates.onopen = () => onConnected(true);
  updates.onerror = () => onConnected(false);
  updates.onmessage = (event) => onState(JSON.parse(event.data));
  return () => updates.close();
}

// Every answer may hold `problem`, a sentence for the person.
async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await answer.json();
  } catch {
    return { problem: "The demo does not answer. Is it still running?" };
  }
}

export const sendText = (channel, text) => post("texts", { channel, text });
export const openHome = () => post("home", {});
export const sendAction = (place, action) => post("actions", { ...place, action });
export const submitView = (view, values) => post("views/submissions", { view, values });
export const closeView = (view) => post("views/closings", { view });
