// The messages of one channel, with their threads.
import { useEffect, useRef } from "react";
import { Blocks } from "./blocks.jsx";
import { EyeIcon } from "./icons.jsx";
import { sendAction } from "./server.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const COLOURS = ["#1164a3", "#7c3085", "#8a4b08", "#0b6b5d", "#9b2743", "#4a52a8"];

const colourOf = (name) => COLOURS[[...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % COLOURS.length];

function Mark({ message }) {
  if (message.bot) {
    return (
      <span className="avatar app" aria-hidden="true">
        <svg viewBox="0 0 36 36" width="36" height="36">
          <path d="M8 25h4v-6H8zm8 0h4V14h-4zm8 0h4V9h-4z" fill="#fff" />
        </svg>
      </span>
    );
  }
  return (
    <span className="avatar" aria-hidden="true" style={{ background: colourOf(message.name) }}>
      {message.name.slice(0, 1).toUpperCase()}
    </span>
  );
}

function Message({ message, directory, onProblem }) {
  const act = async (action) => {
    const answer = await sendAction({ ts: message.ts }, action);
    onProblem(answer.problem ?? "");
  };
  // Text without blocks is drawn as the one section it would be.
  const blocks = message.blocks?.length
    ? message.blocks
    : [{ type: "section", text: { type: "mrkdwn", text: message.text } }];
  return (
    <article className={`message ${message.ephemeral ? "ephemeral" : ""}`} data-ts={message.ts}>
      <Mark message={message} />
      <div className="body">
        <header>
          <strong>{message.name}</strong>
          {message.bot && <span className="badge">APP</span>}
          <time>{clock.format(new Date(Number(message.ts) * 1000))}</time>
        </header>
        {message.ephemeral && (
          <p className="private">
            <EyeIcon />
            Only visible to you
          </p>
        )}
        <Blocks blocks={blocks} directory={directory} onAction={act} />
        {message.edited && <span className="quiet">(edited)</span>}
      </div>
    </article>
  );
}

export function Messages({ messages, directory, label, empty, onProblem }) {
  const list = useRef(null);
  const newest = messages.at(-1)?.ts;
  useEffect(() => {
    const last = list.current.lastElementChild;
    // A long answer is read from its beginning.
    if (last) list.current.scrollTop = last.offsetTop - list.current.offsetTop - 12;
  }, [newest]);
  const replies = (ts) => messages.filter((message) => message.thread_ts === ts && message.ts !== ts);
  return (
    <div className="messages" role="log" aria-label={label} tabIndex={0} ref={list}>
      {messages.length === 0 && empty && <p className="empty">{empty}</p>}
      {messages
        .filter((message) => !message.thread_ts || message.thread_ts === message.ts)
        .map((message) => {
          const thread = replies(message.ts);
          return (
            <div key={message.ts}>
              <Message {...{ message, directory, onProblem }} />
              {thread.length > 0 && (
                <details className="thread">
                  <summary>
                    {thread.length} {thread.length === 1 ? "reply" : "replies"}
                  </summary>
                  {thread.map((reply) => (
                    <Message key={reply.ts} message={reply} {...{ directory, onProblem }} />
                  ))}
                </details>
              )}
            </div>
          );
        })}
    </div>
  );
}
