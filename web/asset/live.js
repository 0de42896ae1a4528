// A page that lives: when the box tells of a change, the page is fetched again and those of its parts that differ are put
// in place of the old ones. Parts are marked data-part and have an id.

const kinds = document.body.dataset.live.split(',');
const soonest = 100; // milliseconds from one look to the next, so that many changes cost few of them

let source, looking, again, last = 0;
const shown = new Map();

// The attribute, because the property id of a form is its boxes of that name.
const parts = (page) => new Map([...page.querySelectorAll('[data-part]')].map((e) => [e.getAttribute('id'), e]));
for (const [id, part] of parts(document)) {
  shown.set(id, part.outerHTML);
}

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  const wait = last + soonest - performance.now();
  if (wait > 0) {
    await new Promise((done) => setTimeout(done, wait));
  }
  last = performance.now();
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (answer.redirected) {
      location.reload(); // the session is over
      return;
    }
    if (answer.ok) {
      replace(parts(new DOMParser().parseFromString(await answer.text(), 'text/html')));
    }
  } catch {
    // The box is away for a moment; the stream comes again and makes us look.
  }
  looking = false;
  if (again) {
    again = false;
    look();
  }
}

function replace(fresh) {
  for (const [id, old] of parts(document)) {
    const part = fresh.get(id);
    if (!part || shown.get(id) === part.outerHTML || (old.contains(document.activeElement) && document.activeElement.matches('input, textarea, select'))) {
      continue;
    }
    const focus = old.contains(document.activeElement) && document.activeElement.getAttribute('href');
    shown.set(id, part.outerHTML);
    old.replaceWith(document.importNode(part, true));
    if (focus) {
      document.getElementById(id).querySelector(`[href="${CSS.escape(focus)}"]`)?.focus();
    }
  }
}

// Browsers allow a few connections to one box: a page that nobody sees gives its own back.
function listen() {
  source?.close();
  source = undefined;
  if (document.visibilityState !== 'visible') {
    return;
  }
  source = new EventSource(`/api/v1/events?kinds=${kinds.join(',')}`);
  for (const kind of [...kinds, 'resync', 'started']) {
    source.addEventListener(kind, look);
  }
  source.addEventListener('open', look);
}

document.addEventListener('visibilitychange', listen);
document.addEventListener('look', look);
addEventListener('pagehide', () => source?.close());
listen();
