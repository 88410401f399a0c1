// Blocks as Slack draws them; those with controls in them are drawn so that the controls work.
import { useLayoutEffect, useRef } from "react";
import { Message } from "slack-blocks-to-jsx";
import { Element, InputBlock } from "./interactive.jsx";

// What the library does not draw as Slack does, put right.
//
// Verbatim text: Slack formats it all the same, and only leaves plain addresses and names in it alone; the library does
// not format it at all. https://docs.slack.dev/reference/block-kit/composition-objects/text-object
// Escaped angle brackets: the library reads them as markup and adds a space, so it gets stand-ins for them, except at
// the beginning of a line, where they quote.
const LESS = "\ue000";
const MORE = "\ue001";

function asDrawn(value) {
  if (Array.isArray(value)) return value.map(asDrawn);
  if (value === null || typeof value !== "object") return value;
  const all = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, asDrawn(item)]));
  if (typeof value.text !== "string") return all;
  const text = value.text.replace(/&lt;/g, LESS).replace(/(?<!^)&gt;/gm, MORE);
  return value.type === "mrkdwn" ? { ...all, text, verbatim: undefined } : { ...all, text };
}

function withoutStandIns(drawn) {
  const texts = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data } = texts.currentNode;
    if (/[\ue000\ue001]/.test(data)) {
      texts.currentNode.data = data.replaceAll(LESS, "<").replaceAll(MORE, ">");
    }
  }
}

function Drawn({ blocks, directory }) {
  const drawn = useRef(null);
  useLayoutEffect(() => withoutStandIns(drawn.current));
  return (
    <div ref={drawn}>
      <Message blocks={asDrawn(blocks)} name="" logo="" theme="light" withoutWrapper data={directory} />
    </div>
  );
}

function Block({ block, directory, onAction, inputs }) {
  const blockId = block.block_id ?? "";
  if (block.type === "actions") {
    return (
      <div className="actions">
        {block.elements.map((element, index) => (
          <Element key={element.action_id ?? index} {...{ element, blockId, onAction }} />
        ))}
      </div>
    );
  }
  if (block.type === "section" && block.accessory && block.accessory.type !== "image") {
    const { accessory, ...section } = block;
    return (
      <div className="with-accessory">
        <Drawn blocks={[section]} directory={directory} />
        <Element element={accessory} blockId={blockId} onAction={onAction} />
      </div>
    );
  }
  if (block.type === "input" && inputs) {
    const actionId = block.element.action_id;
    return (
      <InputBlock
        block={block}
        channels={directory.channels}
        value={inputs.values[blockId]?.[actionId]}
        error={inputs.errors[blockId]}
        onValue={(value) => inputs.onValue(blockId, actionId, value)}
      />
    );
  }
  return <Drawn blocks={[block]} directory={directory} />;
}

const hasControls = (block) => ["actions", "input"].includes(block.type) || Boolean(block.accessory);

// What is only looked at is drawn together, for its spacing.
function together(blocks) {
  const groups = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (last && !hasControls(block) && !hasControls(last[0])) last.push(block);
    else groups.push([block]);
  }
  return groups;
}

export function Blocks({ blocks, directory, onAction, inputs }) {
  return (
    <div className="blocks">
      {together(blocks).map((group, index) =>
        // By their place: the block_id of a changed message changes, and a menu in it must keep the focus.
        hasControls(group[0]) ? (
          <Block key={index} {...{ block: group[0], directory, onAction, inputs }} />
        ) : (
          <Drawn key={index} blocks={group} directory={directory} />
        ),
      )}
    </div>
  );
}
