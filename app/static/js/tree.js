// The arrow keys walk through the department tree; without this script every node is a link like any other.

const visible = (tree) => [...tree.querySelectorAll("a.node")];

for (const tree of document.querySelectorAll("[data-tree]")) {
  tree.addEventListener("keydown", (event) => {
    const node = event.target.closest("a.node");
    if (!node || event.altKey || event.ctrlKey || event.metaKey) return;
    const nodes = visible(tree);
    const at = nodes.indexOf(node);
    const above = node.closest("ul").closest("li")?.querySelector("a.node");
    const below = node.parentElement.querySelector(":scope > ul a.node");
    const target = {
      ArrowDown: nodes[at + 1],
      ArrowUp: nodes[at - 1],
      Home: nodes[0],
      End: nodes.at(-1),
      ArrowLeft: above,
      ArrowRight: below,
    }[event.key];
    if (target) {
      event.preventDefault();
      target.focus();
    } else if (event.key === "ArrowRight" && node.classList.contains("node-closed")) node.click();
  });
  tree.querySelector("a[aria-current]")?.scrollIntoView({ block: "nearest" });
}
