// Making elements. Text only ever gets in as text.

/// Returns a new element with attributes and children; a child is an element or text.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === undefined) continue;
    made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

/// Returns a button that calls a function.
export function button(text, press, attributes = {}) {
  const made = element('button', { type: 'button', ...attributes }, text);
  made.addEventListener('click', press);
  return made;
}

/// Returns a label with an input for files in it, which calls a function with the file chosen.
export function fileButton(text, take, attributes = {}) {
  const input = element('input', { type: 'file', ...attributes });
  input.addEventListener('change', async () => {
    const [file] = input.files;
    if (file) await take(file);
    input.value = '';
  });
  return element('label', { class: 'file' }, text, input);
}
