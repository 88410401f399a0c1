// Large libraries that the drawing library loads and devmetrics' messages never need: the bundle has these instead.

// `node-emoji`, which knows GitHub's names of emoji; Slack's are in the drawing library itself.
export const emojify = (text) => text;

// `react-markdown` and its extension, for blocks of the type `markdown`: shown as they are written.
export default function Markdown({ children }) {
  return <p>{children}</p>;
}
