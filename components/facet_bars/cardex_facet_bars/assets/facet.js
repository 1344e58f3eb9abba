// Draws groups of facet rows and tells Streamlit which row was toggled, excluded, or asked for more.
// Every text goes in through textContent: values are foreign words and never become markup.
// A row is [value, count, state, label]; state and label may be missing. One text alone is a heading.

const STATES = ["false", "true", "mixed"];

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function row(group, [value, count, state = 0, label = value], most, hint, send) {
  const button = element("button", "row");
  const countText = count.toLocaleString("en-US");
  const dead = count === 0 && state === 0;
  button.type = "button";
  button.setAttribute("role", "checkbox");
  button.setAttribute("aria-checked", STATES[state]);
  button.setAttribute("aria-label", `${label}, ${countText}`);
  if (dead) button.setAttribute("aria-disabled", "true");
  button.dataset.group = group.key;
  button.dataset.value = value;
  button.title = hint ? `${label} (${hint})` : label;
  const bar = element("span", "bar");
  bar.style.width = `calc((100% - 2.375rem) * ${count / most})`;
  button.append(element("span", "box"), element("span", "label", label), element("span", "count", countText), bar);
  const act = (name) => {
    if (dead) return;
    // Shown at once; the answer of the server redraws it either way.
    const next = name === "excluded" ? "mixed" : state === 0 ? "true" : "false";
    button.setAttribute("aria-checked", next);
    send(name, [group.key, value]);
  };
  button.addEventListener("click", (event) => act(event.shiftKey && state !== 2 ? "excluded" : "toggled"));
  button.addEventListener("keydown", (event) => {
    if (event.key === "-" && state !== 2) act("excluded");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const rows = [...button.parentElement.querySelectorAll("button.row")];
      const next = rows[rows.indexOf(button) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) next.focus();
      event.preventDefault();
    }
  });
  return button;
}

function body(group, hint, send) {
  const rows = element("div", "rows");
  rows.setAttribute("role", "group");
  rows.setAttribute("aria-label", group.title);
  const most = Math.max(1, ...group.rows.map((entry) => entry[1] ?? 0));
  for (const entry of group.rows) {
    rows.append(entry.length === 1 ? element("div", "head", entry[0]) : row(group, entry, most, hint, send));
  }
  if (!group.more) return [rows];
  const more = element("button", "more", `+ ${group.more}`);
  more.type = "button";
  more.dataset.group = group.key;
  more.dataset.value = "";
  more.addEventListener("click", () => send("more", [group.key]));
  return [rows, more];
}

function draw(group, hint, send, opened) {
  if (group.fold === undefined) {
    const section = element("section", "group");
    section.append(element("div", "title", group.title), ...body(group, hint, send));
    return section;
  }
  const details = element("details", "group");
  const summary = element("summary", "");
  summary.dataset.group = group.key;
  summary.dataset.value = "";
  summary.append(element("span", "", group.title), element("span", "note", group.fold));
  details.open = opened.get(group.key) ?? false;
  details.addEventListener("toggle", () => opened.set(group.key, details.open));
  details.append(summary, ...body(group, hint, send));
  return details;
}

const folds = new WeakMap();

export default function facetBars({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".facets");
  if (!folds.has(parentElement)) folds.set(parentElement, new Map());
  const opened = folds.get(parentElement);
  const active = host.getRootNode().activeElement;
  const held = active && host.contains(active) ? [active.tagName, active.dataset.group, active.dataset.value] : null;
  host.classList.toggle("folded", data.groups.some((group) => group.fold !== undefined));
  host.replaceChildren(...data.groups.map((group) => draw(group, data.hint, setTriggerValue, opened)));
  if (held) {
    const same = [...host.querySelectorAll("button, summary")].find(
      (node) => node.tagName === held[0] && node.dataset.group === held[1] && node.dataset.value === held[2],
    );
    if (same) same.focus({ preventScroll: true });
  }
}
