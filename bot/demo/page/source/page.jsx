// The demo's Slack-like page: channels at the left, one channel's messages, a box to type in.
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import "slack-blocks-to-jsx/dist/style.css";
import { Channels } from "./channels.jsx";
import { Composer } from "./composer.jsx";
import { HOME, Home } from "./home.jsx";
import { LockIcon } from "./icons.jsx";
import { Messages } from "./messages.jsx";
import { Modal } from "./modal.jsx";
import "./page.css";
import { followWorkspace } from "./server.js";

function Page() {
  const [state, setState] = useState(null);
  const [connected, setConnected] = useState(true);
  const [chosen, setChosen] = useState(null);
  const [tab, setTab] = useState(HOME);
  const [problem, setProblem] = useState("");
  useEffect(() => followWorkspace(setState, setConnected), []);
  if (!state) {
    return (
      <main className="loading">
        <h1>devmetrics demo</h1>
        <p role="status">{connected ? "Opening the workspace…" : "The demo does not answer. Is it still running?"}</p>
      </main>
    );
  }
  const directory = { users: state.users, channels: state.channels };
  const channel = state.channels.find((one) => one.id === chosen) ?? state.channels[0];
  const choose = (id) => (setChosen(id), setProblem(""));
  const stopped = !connected && <p role="status">The demo was stopped. The page goes on when it runs again.</p>;
  return (
    <div className="workspace">
      <Channels state={state} current={chosen === HOME ? HOME : channel.id} onChoose={choose} />
      {chosen === HOME ? (
        <main aria-label="devmetrics">
          <header>
            <h2>devmetrics</h2>
            {stopped}
          </header>
          <Home {...{ state, directory, tab, onTab: setTab, problem, onProblem: setProblem }} />
        </main>
      ) : (
        <main aria-label={`Channel ${channel.name}`}>
          <header>
            <h2>
              <span aria-hidden="true">{channel.is_private ? <LockIcon /> : "#"}</span>
              {channel.name}
            </h2>
            {stopped}
          </header>
          <Messages
            key={channel.id}
            messages={state.messages[channel.id] ?? []}
            directory={directory}
            label={`Messages in ${channel.name}`}
            onProblem={setProblem}
          />
          <Composer key={`box ${channel.id}`} channel={channel} problem={problem} onProblem={setProblem} />
        </main>
      )}
      {state.view && <Modal key={state.view.id} view={state.view} directory={directory} onProblem={setProblem} />}
    </div>
  );
}

createRoot(document.getElementById("page")).render(<Page />);
