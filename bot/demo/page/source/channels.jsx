// The side: whose workspace this is, and its channels.
import { LockIcon } from "./icons.jsx";

const byName = (one, other) => one.name.localeCompare(other.name, "en");

export function Channels({ state, current, onChoose }) {
  return (
    <nav aria-label="Channels">
      <h1>{state.team}</h1>
      <h2 id="channels">Channels</h2>
      <ul aria-labelledby="channels">
        {[...state.channels].sort(byName).map((one) => (
          <li key={one.id}>
            <button
              type="button"
              aria-current={one.id === current.id ? "page" : undefined}
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
      <p className="about">
        A stand-in for Slack: no account, nothing leaves this computer. You are <strong>{state.user.name}</strong>.
      </p>
    </nav>
  );
}
