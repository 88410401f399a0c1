// The side: whose workspace this is, its channels, and the application.
import { HOME } from "./home.jsx";
import { AppIcon, LockIcon } from "./icons.jsx";

const byName = (one, other) => one.name.localeCompare(other.name, "en");

// `current`: the id of a channel, or HOME.
export function Channels({ state, current, onChoose }) {
  return (
    <nav aria-label="Channels">
      <h1>{state.team}</h1>
      <h2 id="channels">Channels</h2>
      <ul aria-labelledby="channels">
        {state.channels.filter((one) => !one.is_direct).sort(byName).map((one) => (
          <li key={one.id}>
            <button
              type="button"
              aria-current={one.id === current ? "page" : undefined}
              onClick={() => onChoose(one.id)}
            >
              <span className="sign" aria-hidden="true">
                {one.is_private ? <LockIcon /> : "#"}
              </span>
              {one.name}
              {one.is_private && <span className="hidden"> (private)</span>}
            </button>
          </li>
        ))}
      </ul>
      <h2 id="apps">Apps</h2>
      <ul aria-labelledby="apps">
        <li>
          <button type="button" aria-current={current === HOME ? "page" : undefined} onClick={() => onChoose(HOME)}>
            <span className="sign" aria-hidden="true">
              <AppIcon />
            </span>
            devmetrics
          </button>
        </li>
      </ul>
      <p className="about">
        A stand-in for Slack: no account, nothing leaves this computer. You are <strong>{state.user.name}</strong>.
      </p>
    </nav>
  );
}
