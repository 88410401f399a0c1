// The box to type in, with a few things to try; the up arrow brings back what was typed before.
import { useRef, useState } from "react";
import { SendIcon } from "./icons.jsx";
import { sendText } from "./server.js";

const typedBefore = [];

export function Composer({ channel, problem, onProblem }) {
  const [text, setText] = useState("");
  const [back, setBack] = useState(0);
  const box = useRef(null);
  const fill = (words) => {
    setText(words);
    box.current.focus();
  };
  const send = async (event) => {
    event.preventDefault();
    const typed = text.trim();
    if (!typed) return;
    setText("");
    setBack(0);
    if (typedBefore.at(-1) !== typed) typedBefore.push(typed);
    const answer = await sendText(channel.id, typed);
    onProblem(answer.problem ?? "");
    // Nothing typed is lost, unless the person went on typing.
    if (answer.problem) setText((now) => now || typed);
  };
  const recall = (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = Math.min(Math.max(back + step, 0), typedBefore.length);
    setBack(place);
    setText(place ? typedBefore.at(-place) : "");
  };
  return (
    <form className="composer" onSubmit={send}>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <label htmlFor="text" className="hidden">
        Message #{channel.name}
      </label>
      <div className="box">
        <input
          id="text"
          ref={box}
          value={text}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          maxLength={4000}
          placeholder={`Message #${channel.name}, or type /devmetrics`}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={recall}
        />
        <button type="submit" className="control primary" aria-label="Send" disabled={!text.trim()}>
          <SendIcon />
        </button>
      </div>
      {channel.suggestions.length > 0 && (
        <div className="suggestions" role="group" aria-label="Things to try">
          <span aria-hidden="true">Try</span>
          {channel.suggestions.map((words) => (
            <button type="button" key={words} onClick={() => fill(words)}>
              {words}
            </button>
          ))}
        </div>
      )}
    </form>
  );
}
