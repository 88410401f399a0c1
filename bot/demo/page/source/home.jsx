// The application itself: its App Home, and what it said to this person alone.
import { useEffect } from "react";
import { Blocks } from "./blocks.jsx";
import { Messages } from "./messages.jsx";
import { openHome, sendAction } from "./server.js";

export const HOME = "home";
const TABS = { home: "Home", messages: "Messages" };

export function Home({ state, directory, tab, onTab, problem, onProblem }) {
  const { home, user } = state;
  const direct = state.channels.find((one) => one.is_direct);
  useEffect(() => {
    if (tab === HOME) openHome().then((answer) => onProblem(answer.problem ?? ""));
  }, [tab]);
  const act = async (action) => onProblem((await sendAction({ view: home.id }, action)).problem ?? "");
  return (
    <>
      <div className="tabs" role="group" aria-label="devmetrics">
        {Object.entries(TABS).map(([name, label]) => (
          <button type="button" key={name} aria-current={name === tab ? "page" : undefined} onClick={() => onTab(name)}>
            {label}
          </button>
        ))}
      </div>
      {problem && (
        <p className="problem notice" role="alert">
          {problem}
        </p>
      )}
      {tab === HOME ? (
        <section className="home" aria-label="Home" tabIndex={0}>
          {home ? (
            <Blocks blocks={home.blocks} directory={directory} onAction={act} />
          ) : (
            <p role="status">Opening…</p>
          )}
        </section>
      ) : (
        <Messages
          messages={direct ? (state.messages[direct.id] ?? []) : []}
          directory={directory}
          label={`Messages to ${user.name}`}
          empty="Nothing yet. devmetrics writes here when a digest that you ordered could not be sent."
          onProblem={onProblem}
        />
      )}
    </>
  );
}
