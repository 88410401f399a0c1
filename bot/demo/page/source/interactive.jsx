// Slack's interactive elements as native controls: slack-blocks-to-jsx draws them, but does not let one use them.
import { useId, useState } from "react";

const plain = (text) => (text ? text.text : "");

function Button({ element, blockId, onAction }) {
  const [confirming, setConfirming] = useState(false);
  const act = () =>
    onAction({
      type: "button",
      action_id: element.action_id,
      block_id: blockId,
      value: element.value,
      text: element.text,
    });
  if (element.url) {
    return (
      <a className={`control ${element.style ?? ""}`} href={element.url} target="_blank" rel="noreferrer" onClick={act}>
        {plain(element.text)}
      </a>
    );
  }
  if (confirming) {
    return (
      <span className="confirm" role="group" aria-label={plain(element.confirm.title)}>
        <span>{plain(element.confirm.text)}</span>
        <button type="button" className="control" onClick={() => (setConfirming(false), act())}>
          {plain(element.confirm.confirm)}
        </button>
        <button type="button" className="control" onClick={() => setConfirming(false)}>
          {plain(element.confirm.deny)}
        </button>
      </span>
    );
  }
  return (
    <button
      type="button"
      className={`control ${element.style ?? ""}`}
      aria-label={element.accessibility_label}
      onClick={() => (element.confirm ? setConfirming(true) : act())}
    >
      {plain(element.text)}
    </button>
  );
}

const allOptions = (element) => [
  ...(element.options ?? []),
  ...(element.option_groups ?? []).flatMap((group) => group.options),
];

function Options({ element }) {
  const draw = (option) => (
    <option key={option.value} value={option.value}>
      {plain(option.text)}
    </option>
  );
  return (
    <>
      {(element.options ?? []).map(draw)}
      {(element.option_groups ?? []).map((group) => (
        <optgroup key={plain(group.label)} label={plain(group.label)}>
          {group.options.map(draw)}
        </optgroup>
      ))}
    </>
  );
}

function Select({ element, blockId, onAction }) {
  const label = plain(element.placeholder) || (element.type === "overflow" ? "More actions" : "Choose");
  return (
    <select
      className="control"
      aria-label={label}
      value={element.initial_option?.value ?? ""}
      onChange={(event) =>
        onAction({
          type: element.type,
          action_id: element.action_id,
          block_id: blockId,
          selected_option: allOptions(element).find((option) => option.value === event.target.value),
        })
      }
    >
      {!element.initial_option && <option value="">{label}</option>}
      <Options element={element} />
    </select>
  );
}

export function Element({ element, blockId, onAction }) {
  if (element.type === "button") return <Button {...{ element, blockId, onAction }} />;
  if (element.type === "static_select" || element.type === "overflow") {
    return <Select {...{ element, blockId, onAction }} />;
  }
  return <em className="unsupported">{element.type} is not shown in this demo</em>;
}

// https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object
const included = (kinds) => (channel) =>
  !kinds || kinds.includes(channel.is_direct ? "im" : channel.is_private ? "private" : "public");

// One input of a modal. Its value is kept in Slack's own shape of view.state.values.
function InputControl({ element, id, required, value, onValue, channels }) {
  if (element.type === "plain_text_input") {
    const Field = element.multiline ? "textarea" : "input";
    return (
      <Field
        id={id}
        required={required}
        className="control"
        value={value?.value ?? element.initial_value ?? ""}
        placeholder={plain(element.placeholder)}
        onChange={(event) => onValue({ type: element.type, value: event.target.value })}
      />
    );
  }
  if (element.type === "timepicker") {
    return (
      <input
        id={id}
        required={required}
        type="time"
        className="control"
        value={value?.selected_time ?? element.initial_time ?? ""}
        onChange={(event) => onValue({ type: element.type, selected_time: event.target.value })}
      />
    );
  }
  if (element.type === "static_select" || element.type === "external_select") {
    return (
      <select
        id={id}
        required={required}
        className="control"
        value={value?.selected_option?.value ?? element.initial_option?.value ?? ""}
        onChange={(event) =>
          onValue({
            type: element.type,
            selected_option: allOptions(element).find((option) => option.value === event.target.value),
          })
        }
      >
        {!element.initial_option && <option value="">{plain(element.placeholder) || "Choose"}</option>}
        <Options element={element} />
      </select>
    );
  }
  if (element.type === "conversations_select" || element.type === "channels_select") {
    const [field, first] =
      element.type === "channels_select"
        ? ["selected_channel", element.initial_channel]
        : ["selected_conversation", element.initial_conversation];
    return (
      <select
        id={id}
        required={required}
        className="control"
        value={value?.[field] ?? first ?? ""}
        onChange={(event) => onValue({ type: element.type, [field]: event.target.value })}
      >
        <option value="">Choose a channel</option>
        {channels.filter(included(element.filter?.include)).map((channel) => (
          <option key={channel.id} value={channel.id}>
            #{channel.name}
          </option>
        ))}
      </select>
    );
  }
  return <em className="unsupported">{element.type} is not shown in this demo</em>;
}

// What the inputs hold before anybody typed: Slack sends that too.
export function valuesOf(blocks) {
  const first = (element) => {
    const value = { type: element.type };
    if ("initial_value" in element) value.value = element.initial_value;
    else if (element.type === "plain_text_input") value.value = null;
    for (const [initial, field] of [
      ["initial_option", "selected_option"],
      ["initial_time", "selected_time"],
      ["initial_channel", "selected_channel"],
      ["initial_conversation", "selected_conversation"],
    ]) {
      if (initial in element) value[field] = element[initial];
    }
    return value;
  };
  const inputs = blocks.filter((block) => block.type === "input");
  return Object.fromEntries(
    inputs.map((block) => [block.block_id ?? "", { [block.element.action_id]: first(block.element) }]),
  );
}

export function InputBlock({ block, value, onValue, error, channels }) {
  const id = useId();
  return (
    <div className="input-block">
      <label htmlFor={id}>
        {plain(block.label)}
        {block.optional && <span className="quiet"> (optional)</span>}
      </label>
      <InputControl {...{ element: block.element, id, required: !block.optional, value, onValue, channels }} />
      {block.hint && <p className="quiet">{plain(block.hint)}</p>}
      {error && (
        <p className="problem" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
