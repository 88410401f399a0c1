// Blocks as Slack draws them; those with controls in them are drawn so that the controls work.
import { Message } from "slack-blocks-to-jsx";
import { Element, InputBlock } from "./interactive.jsx";

function Drawn({ blocks, directory }) {
  return <Message blocks={blocks} name="" logo="" theme="light" withoutWrapper data={directory} />;
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

export function Blocks({ blocks, directory, onAction, inputs }) {
  return (
    <div className="blocks">
      {blocks.map((block, index) => (
        <Block key={block.block_id ?? index} {...{ block, directory, onAction, inputs }} />
      ))}
    </div>
  );
}
