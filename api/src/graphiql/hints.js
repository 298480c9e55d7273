// Fields that may stand at the cursor, offered while a word is being written.

const SHOWN_MAX = 12;

/// Offers fields of the schema while somebody types into `field`.
export function offerHints(field, list, schema) {
  let offered = [];
  let chosen = 0;

  const word = () => /\w*$/.exec(field.value.slice(0, field.selectionStart))[0];

  const hide = () => {
    offered = [];
    list.hidden = true;
  };

  const take = (name) => {
    const end = field.selectionStart;
    field.setRangeText(name, end - word().length, end, "end");
    field.dispatchEvent(new Event("input"));
    hide();
    field.focus();
  };

  const show = () => {
    const known = schema();
    const begun = word();
    if (!known || !begun) return hide();
    const type = known.at(field.value, field.selectionStart - begun.length);
    const names = type ? known.fields(type).map(({ name }) => name) : [];
    offered = names.filter((name) => name.startsWith(begun) && name !== begun).slice(0, SHOWN_MAX);
    chosen = 0;
    draw();
  };

  const draw = () => {
    list.replaceChildren(
      ...offered.map((name, number) => {
        const item = document.createElement("li");
        item.textContent = name;
        item.ariaSelected = String(number === chosen);
        item.addEventListener("mousedown", (event) => {
          event.preventDefault();
          take(name);
        });
        return item;
      }),
    );
    list.hidden = offered.length === 0;
  };

  field.addEventListener("input", show);
  field.addEventListener("blur", hide);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !offered.length && !event.shiftKey) {
      event.preventDefault();
      field.setRangeText("  ", field.selectionStart, field.selectionEnd, "end");
    }
    if (!offered.length) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      chosen = (chosen + steps[event.key] + offered.length) % offered.length;
      draw();
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.ctrlKey && !event.metaKey)) {
      event.preventDefault();
      take(offered[chosen]);
    } else if (event.key === "Escape") hide();
  });
}
