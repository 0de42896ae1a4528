// Sending with help: files dropped and listed, the exact pages beside the form, a bar while it uploads. Without this the
// form is sent as forms are.

const form = document.querySelector('[data-send]');
const find = (name) => form.querySelector(`[data-${name}]`);
const sheets = find('sheets'), state = find('state'), faults = find('faults'), progress = find('progress');
let files = []; // that were chosen, in the order in which they are sent
let made = null; // the preview that shows what the form says now
let round = 0; // counts changes, so that an answer to an older question is not taken

form.querySelectorAll('.script').forEach((e) => { e.hidden = false; });

// The form's own fields, with our files in the place of those that its inputs know.
function content() {
  const data = new FormData(form);
  data.delete('file');
  if (made) {
    data.delete('message');
    data.delete('filePassword');
    data.set('previewId', made.previewId);
  } else {
    files.forEach((file) => data.append('file', file, file.name));
  }
  return data;
}

function send(url, data, onProgress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onload = () => (request.response ? done(request.response) : failed(new Error(request.statusText)));
    request.onerror = () => failed(new Error('offline'));
    request.send(data);
  });
}

const bring = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });

function blame(list) {
  faults.replaceChildren(...list.map((fault) => {
    const line = bring('p', fault.text, { className: 'notice bad' });
    if (fault.to) {
      line.append(bring('a', fault.link, { href: fault.to, target: '_blank' }));
    }
    return line;
  }));
  form.querySelectorAll('[aria-invalid]').forEach((e) => e.removeAttribute('aria-invalid'));
  for (const fault of list) {
    form.querySelector(`[name="${CSS.escape(fault.field ?? '')}"]`)?.setAttribute('aria-invalid', 'true');
  }
  if (list.length) {
    faults.scrollIntoView({ block: 'nearest' });
  }
}

// Files: chosen, dropped, photographed; in order, and each can be taken away again.

function listFiles() {
  find('files').replaceChildren(...files.map((file, at) => {
    const item = bring('li', '');
    const away = bring('button', '×', { type: 'button', className: 'quiet small', title: file.name });
    away.addEventListener('click', () => { files.splice(at, 1); listFiles(); changed(); });
    item.append(bring('span', file.name), bring('small', `${Math.ceil(file.size / 1024)} kB`), away);
    return item;
  }));
}

function take(list) {
  files.push(...list);
  listFiles();
  changed();
  look();
}

for (const input of form.querySelectorAll('input[type=file]')) {
  input.addEventListener('change', (event) => {
    take(event.target.files);
    event.target.value = '';
  });
}

const drop = find('drop');
for (const kind of ['dragenter', 'dragover']) {
  form.addEventListener(kind, (event) => {
    if (event.dataTransfer.types.includes('Files')) {
      event.preventDefault();
      drop.classList.add('target');
    }
  });
}
form.addEventListener('dragleave', () => drop.classList.remove('target'));
form.addEventListener('drop', (event) => {
  drop.classList.remove('target');
  if (event.dataTransfer.files.length) {
    event.preventDefault();
    take(event.dataTransfer.files);
  }
});

// The preview: made anew when something changes that shows on the pages, a moment after the last change.

const onPages = ['cover', 'recipientName', 'recipientCompany', 'senderName', 'senderCompany', 'senderOfficePhone', 'coverpageSubject',
  'coverpageNote', 'resolution', 'rendering', 'paper', 'filePassword', 'message', 'faxNumber', 'more', 'sendTime', 'schedule'];
let later;

function changed() {
  made = null;
  round++;
  clearTimeout(later);
}

const something = () => files.length > 0 || form.elements.cover.value || form.elements.message;

async function look() {
  clearTimeout(later);
  if (!something()) {
    sheets.replaceChildren();
    return;
  }
  const mine = ++round;
  state.textContent = form.dataset.making;
  try {
    const answer = await send(form.dataset.preview, content());
    if (mine !== round) {
      return;
    }
    state.textContent = (answer.remarks ?? []).join(' ');
    if (answer.faults) {
      state.textContent = answer.faults.map((fault) => fault.text).join(' ');
      sheets.replaceChildren();
      return;
    }
    made = answer;
    sheets.replaceChildren(...answer.pages.map((page) => {
      const link = bring('a', '', { href: page.image, target: '_blank' });
      const alt = form.dataset.page.replace('{n}', page.number).replace('{of}', answer.pages.length);
      link.append(bring('img', '', { src: `${page.image}?width=400`, alt, title: alt, loading: 'lazy', width: 400, height: 566 }));
      return link;
    }));
  } catch {
    state.textContent = form.dataset.lost;
  }
}

form.addEventListener('input', (event) => {
  if (onPages.includes(event.target.name) && event.target.type !== 'file') {
    changed();
    if (form.elements.cover.value || ['cover', 'resolution', 'rendering', 'paper'].includes(event.target.name)) {
      later = setTimeout(look, 700);
    }
  }
  arrange();
});
find('look').addEventListener('click', look);

// Only what matters is shown.
function arrange() {
  find('covered').hidden = !form.elements.cover.value;
  find('at').hidden = form.elements.schedule.value !== 'at';
  form.elements.sendTime.required = !find('at').hidden;
  find('mailed').hidden = !['mail', 'failure'].includes(form.elements.confirmation.value);
  form.elements.emailAddress.required = !find('mailed').hidden;
}
arrange();
if (form.elements.message) {
  look();
}

// ask is what the box answers to a small question; nothing if it does not.
const ask = (url) => fetch(url, { headers: { Accept: 'application/json' } }).then((a) => (a.ok ? a.json() : null)).catch(() => null);

// What will be dialled.
const number = find('dials'), name = find('find');
async function tell() {
  const dialled = find('dialled');
  dialled.textContent = '';
  if (number.value.trim()) {
    const answer = await ask(`${number.dataset.dials}?number=${encodeURIComponent(number.value)}`);
    dialled.textContent = (answer ?? []).join(' · ');
  }
}
number.addEventListener('change', tell);
if (number.value) {
  tell();
}

// The address book, as it is typed: by the number, or by the name, which brings its number along.
let people = []; // that were proposed last
let asked = 0; // counts questions, so that a late answer to an older one is not taken
const called = (person) => [person.name, person.company].filter(Boolean).join(', ');

async function propose(field) {
  const mine = ++asked;
  const answer = await ask(`${name.dataset.find}?q=${encodeURIComponent(field ? field.value.trim() : '')}`);
  if (answer && mine === asked) {
    people = answer;
    number.list.replaceChildren(...people.map((p) => bring('option', '', { value: p.number, label: called(p) })));
    name.list.replaceChildren(...people.filter(called).map((p) => bring('option', '', { value: called(p), label: p.number })));
    if (field === document.activeElement) {
      meet(field); // typed, or chosen, before we knew them
    }
  }
}

// meet fills in whom a field names, and reports whether we know them.
function meet(field) {
  const person = people.find((p) => field.value && field.value === (field === name ? called(p) : p.number));
  if (person) {
    fill(person);
  }
  return Boolean(person);
}

let typing;
for (const field of [number, name]) {
  field.addEventListener('input', () => {
    clearTimeout(typing);
    if (!meet(field)) {
      typing = setTimeout(() => propose(field), 150);
    }
  });
}
propose();

function fill(person) {
  number.value = person.number;
  if (called(person)) {
    name.value = person.name || person.company;
    form.elements.recipientCompany.value = person.company ?? '';
  }
  tell();
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  delete form.dataset.sent;
  const button = form.querySelector('button.primary');
  if (button.disabled) {
    return;
  }
  button.disabled = true;
  progress.hidden = false;
  progress.querySelector('span').textContent = form.dataset.sending;
  const bar = progress.querySelector('progress');
  try {
    const answer = await send(form.action, content(), (part) => { bar.value = part; });
    if (answer.to) {
      location.href = answer.to;
      return;
    }
    blame(answer.faults);
  } catch {
    blame([{ text: form.dataset.lost }]);
  }
  button.disabled = false;
  progress.hidden = true;
});
