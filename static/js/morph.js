// What an update must leave alone when it is morphed in: what a person opened or folded, and parts that look after themselves.
const { callbacks } = window.Idiomorph.defaults;

callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && (node instanceof HTMLDetailsElement || node instanceof HTMLDialogElement));

callbacks.beforeNodeMorphed = (node) => !(node instanceof Element && node.hasAttribute("data-own"));
