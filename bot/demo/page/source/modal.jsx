// A modal on the browser's own <dialog>: focus stays inside, Escape closes it.
import { useEffect, useRef, useState } from "react";
import { Blocks } from "./blocks.jsx";
import { valuesOf } from "./interactive.jsx";
import { closeView, sendAction, submitView } from "./server.js";

export function Modal({ view, directory, onProblem }) {
  const dialog = useRef(null);
  const [values, setValues] = useState({});
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!dialog.current.open) dialog.current.showModal();
  }, []);
  const onValue = (blockId, actionId, value) => setValues((all) => ({ ...all, [blockId]: { [actionId]: value } }));
  const submit = async (event) => {
    event.preventDefault();
    const answer = await submitView(view.id, { ...valuesOf(view.blocks), ...values });
    setErrors(answer.errors ?? {});
    setProblem(answer.problem ?? "");
  };
  const close = async () => onProblem((await closeView(view.id)).problem ?? "");
  return (
    <dialog ref={dialog} aria-labelledby="view-title" onCancel={(event) => (event.preventDefault(), close())}>
      <form onSubmit={submit}>
        <h2 id="view-title">{view.title.text}</h2>
        <Blocks
          blocks={view.blocks}
          directory={directory}
          onAction={async (action) => setProblem((await sendAction({ view: view.id }, action)).problem ?? "")}
          inputs={{ values, errors, onValue }}
        />
        {problem && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <footer>
          <button type="button" className="control" onClick={close}>
            {view.close?.text ?? "Close"}
          </button>
          {view.submit && (
            <button type="submit" className="control primary">
              {view.submit.text}
            </button>
          )}
        </footer>
      </form>
    </dialog>
  );
}
